/* Batches: B1 to B4 of batch.h. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/buf.h"
#include "hl7/batch.h"
#include "hl7/hl7.h"

#define M1 "MSH|^~\\&|A|||||||1\rPID|1\r"
#define M2 "MSH@~&#\\@B@@@@@@@2\rPID@1\r"

static const struct {
    const char *name, *bytes;
    const char *controls; /* MSH-10 of each message */
    unsigned faults;
    unsigned batches, files;
    bool is_batch;
} rows[] = {
    {"a message alone", M1, "1", 0, 0, 0, false},
    {"B1 two in one frame", M1 M2, "12", 0, 0, 0, true},
    {"B1 three, blank lines and lower case", M1 "\r\n\r\n" "  msh|^~\\&|A|||||||3\n" M2, "132", 0, 0, 0, true},
    {"a whole file", "FHS|^~\\&|F\rBHS|^~\\&|B\r" M1 M2 "BTS|2\rBHS|^~\\&|B\r" M1 "BTS|1\rFTS|2\r", "121", 0, 2, 1, true},
    {"a batch without a file", "BHS|^~\\&|B\r" M1 "BTS|1\r", "1", 0, 1, 0, true},
    {"a file without a batch", "FHS|^~\\&|F\r" M1 M2 "FTS|0\r", "12", 0, 0, 1, true},
    {"a byte order mark", "\xef\xbb\xbf" "FHS|^~\\&|F\r" M1 "FTS\r", "1", 0, 0, 1, true},
    {"LF, lower case", "fhs|^~\\&|F\nbhs|^~\\&|B\nMSH|^~\\&|A|||||||1\nbts|1\nfts|1\n", "1", 0, 1, 1, true},
    {"an empty batch", "FHS|^~\\&|F\rBHS|^~\\&|B\rBTS|0\rFTS|1\r", "", 0, 1, 1, false},
    {"B2 counts not given", "FHS|^~\\&\rBHS|^~\\&\r" M1 "BTS\rFTS|\r", "1", 0, 1, 1, true},
    {"B2 a comment behind", "BHS|^~\\&\r" M1 "BTS| 1 |done\r", "1", 0, 1, 0, true},
    {"B2 too few messages", "BHS|^~\\&\r" M1 "BTS|3|three\r", "1", HO_HL7_BATCH_COUNT, 1, 0, true},
    {"B2 too many messages", "BHS|^~\\&\r" M1 M2 "BTS|1\r", "12", HO_HL7_BATCH_COUNT, 1, 0, true},
    {"B2 words for a count", "BHS|^~\\&\r" M1 "BTS|one\r", "1", HO_HL7_BATCH_COUNT, 1, 0, true},
    {"B2 a count below none", "BHS|^~\\&\r" M1 "BTS|-1\r", "1", HO_HL7_BATCH_COUNT, 1, 0, true},
    {"B2 batches", "FHS|^~\\&\rBHS|^~\\&\r" M1 "BTS|1\rFTS|2\r", "1", HO_HL7_FILE_COUNT, 1, 1, true},
    {"B2 separators of its own", "BHS@~&\r" M1 "BTS@2@x\r", "1", HO_HL7_BATCH_COUNT, 1, 0, true},
    {"B3 a batch cut off", "FHS|^~\\&\rBHS|^~\\&\r" M1, "1", HO_HL7_BATCH_NOT_ENDED | HO_HL7_FILE_NOT_ENDED, 1, 1, true},
    {"B3 a batch within a batch", "BHS|^~\\&\r" M1 "BHS|^~\\&\r" M2 "BTS|1\r", "12", HO_HL7_BATCH_NOT_ENDED, 2, 0, true},
    {"B3 trailers alone", M1 "BTS|1\rFTS|1\r", "1", HO_HL7_BATCH_NOT_BEGUN | HO_HL7_FILE_NOT_BEGUN, 1, 0, true},
    {"B3 a file within a file", "FHS|^~\\&\r" M1 "FHS|^~\\&\r" M2 "FTS\r", "12", HO_HL7_FILE_NOT_ENDED, 0, 2, true},
    {"B3 a file that ends within a batch", "FHS|^~\\&\rBHS|^~\\&\r" M1 "FTS|1\r", "1", HO_HL7_BATCH_NOT_ENDED, 1, 1, true},
    {"B3 a file that begins within a batch", "BHS|^~\\&\r" M1 "FHS|^~\\&\r" M2 "FTS\r", "12", HO_HL7_BATCH_NOT_ENDED, 1, 1, true},
    {"B2 only the first wrong count is kept", "FHS|^~\\&\rFTS|7\rFHS|^~\\&\rFTS|8\r" M1, "1", HO_HL7_FILE_COUNT, 0, 2, true},
    {"B2 blanks for a count", "BHS|^~\\&\r" M1 "BTS|  |x\r", "1", 0, 1, 0, true},
    {"B1 tabs before the names", "\tBHS|^~\\&\r\tMSH|^~\\&|A|||||||1\r\tBTS|1\r \t \r", "1", 0, 1, 0, true},
    {"B1 a name and no separator", M1 "MSH1\rMSHA\rMSH x\rMSH\x7f\r", "1", 0, 0, 0, false},
    {"B4 lines before", "hello\r" M1, "1", HO_HL7_STRAY_LINES, 0, 0, false},
    {"B4 lines between", "BHS|^~\\&\r" M1 "BTS|1\rEVN|A01\r" M2, "12", HO_HL7_STRAY_LINES, 1, 0, true},
    {"B4 no message at all", "<ADT_A01/>", "", HO_HL7_STRAY_LINES, 0, 0, false},
    {"nothing", "", "", 0, 0, 0, false},
    {"a broken header in between is one of its own", "BHS|^~\\&\r" M1 "MSH|^~\r" M2 "BTS|3\r", "1?2", 0, 1, 0, true},
    {"words that begin like a trailer", M1 "BTSomething\rFTS was here\r", "1", 0, 0, 0, false},
};

static char control_of(struct ho_slice message)
{
    static struct ho_hl7 msg;
    cr_assert_eq(message.ptr[0] & ~0x20, 'M');
    if (ho_hl7_parse(&msg, message, NULL) != HO_OK)
        return '?';
    struct ho_slice control = ho_hl7_get(&msg, "MSH", 10, 1);
    return control.len == 1 ? control.ptr[0] : '?';
}

Test(hl7_batch, messages_are_cut_out_and_counts_checked)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct ho_hl7_batch batch;
        struct ho_slice message;
        char controls[16];
        size_t count = 0;
        ho_hl7_batch_init(&batch, ho_slice_of(rows[i].bytes));
        while (ho_hl7_batch_next(&batch, &message) && count + 1 < sizeof controls)
            controls[count++] = control_of(message);
        controls[count] = '\0';
        cr_assert_str_eq(controls, rows[i].controls, "%s: %s", rows[i].name, controls);
        cr_assert_eq(batch.faults, rows[i].faults, "%s: faults %x", rows[i].name, batch.faults);
        cr_assert_eq(batch.messages, count, "%s", rows[i].name);
        cr_assert_eq(batch.batches, rows[i].batches, "%s: %u batches", rows[i].name, batch.batches);
        cr_assert_eq(batch.files, rows[i].files, "%s: %u files", rows[i].name, batch.files);
        cr_assert_eq(ho_hl7_is_batch(ho_slice_of(rows[i].bytes)), rows[i].is_batch, "%s", rows[i].name);
        cr_assert_not(ho_hl7_batch_next(&batch, &message));
    }
}

Test(hl7_batch, B2_says_what_was_declared_and_what_came)
{
    struct ho_hl7_batch batch;
    struct ho_slice message;
    ho_hl7_batch_init(&batch, ho_slice_of("FHS|^~\\&\rBHS|^~\\&\r" M1 M2 "BTS|3\rBHS|^~\\&\rBTS|9\rFTS|1\r"));
    while (ho_hl7_batch_next(&batch, &message))
        ;
    cr_assert_eq(batch.batch_declared, 3);
    cr_assert_eq(batch.batch_counted, 2);
    cr_assert_eq(batch.file_declared, 1);
    cr_assert_eq(batch.file_counted, 2);
}

/* Files of any shape: what is cut out is what was put in, byte for byte, and a sound file has no faults. */
Test(hl7_batch, what_was_put_in_comes_out)
{
    static const char *ends[] = {"\r", "\n", "\r\n"};
    for (unsigned shape = 0; shape < 3 * 4 * 5; shape++) {
        const char *end = ends[shape % 3];
        unsigned batches = shape / 3 % 4, messages = shape / 12;
        struct ho_buf file;
        struct ho_slice want[32], message;
        size_t offsets[32], lengths[32], count = 0, got = 0;
        ho_buf_init(&file, 1 << 16);
        ho_buf_printf(&file, "FHS|^~\\&|F%s", end);
        for (unsigned b = 0; b < batches; b++) {
            ho_buf_printf(&file, "BHS|^~\\&|B%s", end);
            for (unsigned m = 0; m < messages; m++) {
                offsets[count] = file.len;
                ho_buf_printf(&file, "MSH|^~\\&|A|||||||%u%sPID|1||%u%s", m, end, b, end);
                lengths[count] = file.len - offsets[count];
                count++;
            }
            ho_buf_printf(&file, "BTS|%u%s", messages, end);
        }
        ho_buf_printf(&file, "FTS|%u%s", batches, end);
        for (size_t i = 0; i < count; i++)
            want[i] = (struct ho_slice){file.data + offsets[i], lengths[i]};
        struct ho_hl7_batch batch;
        ho_hl7_batch_init(&batch, ho_buf_slice(&file));
        for (; ho_hl7_batch_next(&batch, &message); got++)
            /* The LF of a CRLF may stand before the next line or behind this one. */
            cr_assert(got < count && message.ptr == want[got].ptr && message.len + (shape % 3 == 2) >= want[got].len &&
                          message.len <= want[got].len, "shape %u message %zu", shape, got);
        cr_assert_eq(got, count, "shape %u", shape);
        cr_assert_eq(batch.faults, 0, "shape %u: %x", shape, batch.faults);
        ho_buf_release(&file);
    }
}
