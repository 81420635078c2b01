#include "hl7/batch.h"

#include "base/scan.h"

enum line { OTHER, MSH, FHS, BHS, BTS, FTS };

static struct ho_slice skip(struct ho_slice s, size_t count)
{
    return (struct ho_slice){s.ptr + count, s.len - count};
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* A header needs a separator behind its name; a trailer may end there. */
static enum line kind_of(struct ho_slice line)
{
    static const char names[][4] = {[MSH] = "MSH", [FHS] = "FHS", [BHS] = "BHS", [BTS] = "BTS", [FTS] = "FTS"};
    char behind = line.len > 3 ? line.ptr[3] : ' ';
    bool ends = line.len == 3, separated = behind > ' ' && behind < 0x7f && !is_alnum(behind);
    if (!ends && !separated)
        return OTHER;
    for (enum line kind = MSH; kind <= FTS; kind++) {
        size_t same = 0;
        while (same < 3 && (line.ptr[same] == names[kind][same] || line.ptr[same] == names[kind][same] + ('a' - 'A')))
            same++;
        if (same == 3)
            return separated || kind >= BTS ? kind : OTHER;
    }
    return OTHER;
}

/* The line at the front of rest, without its end and the blanks before it; *ret_whole goes up to the next line. */
static struct ho_slice line_of(struct ho_slice rest, size_t *ret_whole)
{
    size_t len = ho_scan_either(rest, 0, '\r', '\n');
    struct ho_slice line = {rest.ptr, len};
    *ret_whole = len < rest.len ? len + 1 : len;
    while (line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t' || line.ptr[0] == '\0'))
        line = skip(line, 1);
    return line;
}

/* B2. The number that a trailer declares, or -1. */
static int64_t declared(struct ho_slice trailer)
{
    int64_t count = -1;
    if (trailer.len < 5)
        return -1;
    struct ho_slice value = skip(trailer, 4);
    const char *end = memchr(value.ptr, trailer.ptr[3], value.len);
    if (end)
        value.len = (size_t)(end - value.ptr);
    while (value.len && value.ptr[0] == ' ')
        value = skip(value, 1);
    while (value.len && value.ptr[value.len - 1] == ' ')
        value.len--;
    if (value.len && !ho_slice_to_int64(value, &count))
        return INT64_MAX; /* words are a wrong count */
    return count < 0 && value.len ? INT64_MAX : count;
}

static void end_batch(struct ho_hl7_batch *batch, struct ho_slice trailer)
{
    int64_t count = declared(trailer);
    if (!batch->in_batch) {
        batch->faults |= HO_HL7_BATCH_NOT_BEGUN;
        batch->batches++;
        batch->file_batches++;
    }
    if (count >= 0 && count != batch->batch_messages && !(batch->faults & HO_HL7_BATCH_COUNT)) {
        batch->faults |= HO_HL7_BATCH_COUNT;
        batch->batch_declared = count;
        batch->batch_counted = batch->batch_messages;
    }
    batch->batch_messages = 0;
    batch->in_batch = false;
}

static void end_file(struct ho_hl7_batch *batch, struct ho_slice trailer)
{
    int64_t count = declared(trailer);
    batch->faults |= batch->in_file ? 0 : HO_HL7_FILE_NOT_BEGUN;
    batch->faults |= batch->in_batch ? HO_HL7_BATCH_NOT_ENDED : 0;
    if (count >= 0 && count != batch->file_batches && !(batch->faults & HO_HL7_FILE_COUNT)) {
        batch->faults |= HO_HL7_FILE_COUNT;
        batch->file_declared = count;
        batch->file_counted = batch->file_batches;
    }
    batch->file_batches = batch->batch_messages = 0;
    batch->in_file = batch->in_batch = false;
}

static void begin_batch(struct ho_hl7_batch *batch)
{
    batch->faults |= batch->in_batch ? HO_HL7_BATCH_NOT_ENDED : 0;
    batch->in_batch = true;
    batch->batch_messages = 0;
    batch->batches++;
    batch->file_batches++;
}

static void begin_file(struct ho_hl7_batch *batch)
{
    batch->faults |= batch->in_batch ? HO_HL7_BATCH_NOT_ENDED : 0;
    batch->faults |= batch->in_file ? HO_HL7_FILE_NOT_ENDED : 0;
    batch->in_file = true;
    batch->in_batch = false;
    batch->batch_messages = batch->file_batches = 0;
    batch->files++;
}

/* A line outside any message that is not MSH. */
static void take_outside(struct ho_hl7_batch *batch, enum line kind, struct ho_slice line)
{
    if (kind == FHS)
        begin_file(batch);
    else if (kind == BHS)
        begin_batch(batch);
    else if (kind == BTS)
        end_batch(batch, line);
    else if (kind == FTS)
        end_file(batch, line);
    else if (line.len) {
        batch->faults |= HO_HL7_STRAY_LINES;
        batch->stray_lines++;
    }
}

/* The message at the front of rest, up to the next line of an envelope or message (B1). */
static struct ho_slice take_message(struct ho_slice *rest)
{
    struct ho_slice at = *rest;
    size_t whole;
    do {
        (void)line_of(at, &whole);
        at = skip(at, whole);
    } while (at.len && kind_of(line_of(at, &whole)) == OTHER);
    struct ho_slice message = {rest->ptr, (size_t)(at.ptr - rest->ptr)};
    *rest = at;
    return message;
}

void ho_hl7_batch_init(struct ho_hl7_batch *batch, struct ho_slice bytes)
{
    bool mark = bytes.len >= 3 && memcmp(bytes.ptr, "\xef\xbb\xbf", 3) == 0;
    *batch = (struct ho_hl7_batch){.rest = mark ? skip(bytes, 3) : bytes};
}

bool ho_hl7_batch_next(struct ho_hl7_batch *batch, struct ho_slice *ret_message)
{
    while (batch->rest.len) {
        size_t whole;
        struct ho_slice line = line_of(batch->rest, &whole);
        enum line kind = kind_of(line);
        if (kind == MSH) {
            batch->rest = skip(batch->rest, (size_t)(line.ptr - batch->rest.ptr));
            *ret_message = take_message(&batch->rest);
            batch->messages++;
            batch->batch_messages++;
            return true;
        }
        take_outside(batch, kind, line);
        batch->rest = skip(batch->rest, whole);
    }
    batch->faults |= batch->in_batch ? HO_HL7_BATCH_NOT_ENDED : 0;
    batch->faults |= batch->in_file ? HO_HL7_FILE_NOT_ENDED : 0;
    batch->in_batch = batch->in_file = false;
    return false;
}

bool ho_hl7_is_batch(struct ho_slice bytes)
{
    struct ho_hl7_batch batch;
    struct ho_slice message;
    ho_hl7_batch_init(&batch, bytes);
    return ho_hl7_batch_next(&batch, &message) && (batch.files || batch.batches || batch.rest.len);
}
