/* The index over any bytes: every field, repetition, component and escape of every segment is touched. */
#include "hl7/hl7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ho_hl7 msg;
    static struct ho_arena arena;
    struct ho_hl7_time time;
    if (ho_hl7_parse(&msg, (struct ho_slice){(const char *)data, size}, NULL) != HO_OK)
        return 0;
    for (size_t s = 0; s < msg.count && s < 32; s++)
        for (int f = 1; f < 40; f++) {
            struct ho_slice field = ho_hl7_field(&msg, &msg.segments[s], f);
            size_t count = field.ptr ? ho_hl7_repetitions(&msg, field) : 0;
            for (size_t r = 0; r < count && r < 4; r++) {
                struct ho_slice part = ho_hl7_component(&msg, ho_hl7_repetition(&msg, field, r), 1 + f % 5);
                if (part.ptr)
                    (void)ho_hl7_unescape(&msg, part, &arena);
                (void)ho_hl7_time(part, &time);
            }
        }
    ho_arena_reset(&arena);
    return 0;
}
