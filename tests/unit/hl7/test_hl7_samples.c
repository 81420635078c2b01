/* Whole messages of many senders, and each of them cut off at every byte: all is read, nothing crashes, hangs or reads
 * outside (this runs under asan). Ours always; the public samples where they are: HO_HL7_SAMPLES, or ../shared/hl7
 * beside the checkout. */
#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>

#include "base/buf.h"
#include "config/config.h"
#include "hl7/batch.h"
#include "hl7/charset.h"
#include "hl7/types.h"
#include "mllp/mllp.h"

#define FILE_BYTES_MAX (1 << 20)
#define CUT_BYTES_MAX 8192 /* of longer files the first part is cut */

static struct ho_hl7 msg;
static struct ho_arena arena;
static struct ho_hl7_charsets *charsets;
static size_t files, messages, known;

static void touch(struct ho_slice repetition)
{
    struct ho_slice component;
    struct ho_hl7_time time;
    struct ho_hl7_walk walk = ho_hl7_walk(repetition, msg.component);
    (void)ho_hl7_cx(&msg, repetition);
    (void)ho_hl7_xcn(&msg, repetition);
    (void)ho_hl7_ts(repetition, msg.component, &time);
    while (ho_hl7_next(&walk, &component))
        cr_assert_leq(ho_hl7_unescape(&msg, component, &arena).len, component.len);
}

/* Reads every part of a message; of one that was cut off only the last segments, since the others were read before. */
static void read_message(struct ho_slice bytes, bool cut)
{
    if (ho_hl7_parse(&msg, bytes, NULL) != HO_OK)
        return;
    cr_assert_null(msg.rest.ptr);
    known += ho_hl7_get(&msg, "MSH", 9, 1).len > 0;
    for (size_t s = cut && msg.count > 2 ? msg.count - 2 : 0; s < msg.count; s++)
        for (int f = 1; f < 64; f++) {
            struct ho_slice repetition;
            struct ho_hl7_walk walk = ho_hl7_walk(ho_hl7_raw(&msg, &msg.segments[s], f), msg.repetition);
            while (ho_hl7_next(&walk, &repetition))
                touch(repetition);
        }
}

/* From a copy of its own size, so that a byte behind it is another's. */
static void read_bytes(const char *ptr, size_t len, bool cut)
{
    char *copy = ho_malloc(len ? len : 1);
    struct ho_hl7_batch batch;
    struct ho_slice message;
    memcpy(copy, ptr, len);
    ho_hl7_batch_init(&batch, (struct ho_slice){copy, len});
    while (ho_hl7_batch_next(&batch, &message)) {
        struct ho_hl7_utf8 utf8 = ho_hl7_to_utf8(charsets, message, &arena);
        cr_assert(ho_hl7_is_utf8(utf8.bytes));
        read_message(utf8.bytes, cut);
        messages++;
    }
    ho_arena_reset(&arena);
    ho_free(copy);
}

/* Through a frame in two pieces: what comes out is what went in. A file of frames is read as what it is. */
static void frame_bytes(const char *ptr, size_t len)
{
    struct ho_mllp mllp;
    struct ho_buf framed;
    struct ho_slice in = {ptr, len}, bytes;
    bool frames = memchr(ptr, 0x0b, len);
    ho_mllp_init(&mllp, FILE_BYTES_MAX);
    ho_buf_init(&framed, FILE_BYTES_MAX + 16);
    if (!frames) {
        ho_mllp_frame(&framed, (struct ho_slice){ptr, len});
        in = (struct ho_slice){framed.data, len / 2};
        cr_assert_eq(ho_mllp_next(&mllp, &in, &bytes), HO_MLLP_MORE);
        in = (struct ho_slice){framed.data + len / 2, framed.len - len / 2};
        cr_assert_eq(ho_mllp_next(&mllp, &in, &bytes), HO_MLLP_FRAME);
        cr_assert(ho_slice_equal(bytes, (struct ho_slice){ptr, len}));
    }
    while (ho_mllp_next(&mllp, &in, &bytes) == HO_MLLP_FRAME)
        read_bytes(bytes.ptr, bytes.len, false);
    ho_mllp_release(&mllp);
    ho_buf_release(&framed);
}

static bool is_message_file(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".hl7") == 0 || strcmp(dot, ".ndhl7") == 0);
}

static int read_file(const char *path, const struct stat *info, int kind)
{
    static char bytes[FILE_BYTES_MAX];
    FILE *file = kind == FTW_F && info->st_size < FILE_BYTES_MAX && is_message_file(path) ? fopen(path, "rb") : NULL;
    if (!file)
        return 0;
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    files++;
    read_bytes(bytes, len, false);
    frame_bytes(bytes, len);
    for (size_t cut = 0; cut < len && cut < CUT_BYTES_MAX; cut++)
        read_bytes(bytes, cut, true);
    return 0;
}

Test(hl7_samples, all_are_read_whole_and_cut_off_anywhere)
{
    struct {
        const char *samples;
    } target;
    const struct ho_option options[] = {
        {"hl7", "samples", HO_OPTION_TEXT, HO_SOURCE_DIR "/../shared/hl7", 0, 0, "a folder of messages", false, 0},
        {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};
    const struct ho_option_table table = {options, &target};
    char *argv[] = {(char[]){"test"}, NULL};
    struct ho_config *config;
    cr_assert_eq(ho_config_load(1, argv, &table, 1, &config, NULL), HO_OK);
    charsets = ho_hl7_charsets_new();
    ftw(HO_SOURCE_DIR "/tests/interop/hl7", read_file, 8);
    ftw(HO_SOURCE_DIR "/deploy/demo-data", read_file, 8);
    cr_assert_geq(files, 30, "%zu files", files);
    size_t own = files;
    ftw(target.samples, read_file, 8); /* a folder that is not there has no files */
    printf("%zu files of ours, %zu samples, %zu messages read, %zu with MSH-9\n", own, files - own, messages, known);
    cr_assert(known > files);
    ho_hl7_charsets_free(charsets);
    ho_arena_release(&arena);
    ho_config_free(config);
}
