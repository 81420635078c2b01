/* Any bytes become UTF-8; what was UTF-8 and is not declared to be something else stays; twice is as once. */
#include "hl7/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ho_hl7_charsets *charsets;
    static struct ho_arena arena;
    struct ho_slice bytes = {(const char *)data, size};
    if (!charsets)
        charsets = ho_hl7_charsets_new();
    struct ho_hl7_utf8 out = ho_hl7_to_utf8(charsets, bytes, &arena);
    HO_ASSERT(ho_hl7_is_utf8(out.bytes) && out.bytes.len <= 3 * size);
    HO_ASSERT(out.bytes.ptr == bytes.ptr || out.notes || strcmp(out.charset, "ASCII") != 0);
    if (!(out.notes & HO_HL7_CHARSET_UTF16) && strcmp(out.charset, "UTF-8") == 0 && !(out.notes & HO_HL7_CHARSET_BYTES))
        HO_ASSERT(out.bytes.ptr == bytes.ptr && out.bytes.len == bytes.len);
    struct ho_slice text = ho_hl7_text_utf8(charsets, &out, bytes, &arena);
    HO_ASSERT(ho_hl7_is_utf8(text) && ho_hl7_text_utf8(charsets, &out, text, &arena).ptr == text.ptr);
    ho_arena_reset(&arena);
    return 0;
}
