/*
 * batch: a frame or file of several messages, cut into messages without copying. A file is
 * [FHS]{[BHS]{MSH...}[BTS]}[FTS]; every part of the envelope may be missing, and a batch may be empty. A
 * single message is a batch of one.
 *
 * B1  A message goes from its MSH line to the next line that begins MSH, FHS, BHS, BTS or FTS. Each may have separators
 *     of its own. Blanks before the name and lower case are tolerated, as in hl7.h.
 * B2  BTS-1 is the number of its batch's messages, FTS-1 the number of batches. Where one is given and wrong it is
 *     told; where it is empty nothing is. The messages count all the same: a wrong count never loses one.
 * B3  Envelope lines that are missing (BTS without BHS, BHS without BTS ...) are told.
 * B4  Lines before the first message that are no envelope, and lines behind BTS or FTS, belong to no message: told and
 *     counted.
 */
#ifndef HO_HL7_BATCH_H
#define HO_HL7_BATCH_H

#include "base/base.h"

enum ho_hl7_batch_fault {
    HO_HL7_BATCH_COUNT = 1 << 0,     /* B2: BTS-1 is not the number of messages */
    HO_HL7_FILE_COUNT = 1 << 1,      /* B2: FTS-1 is not the number of batches */
    HO_HL7_BATCH_NOT_ENDED = 1 << 2, /* B3: a BHS without BTS */
    HO_HL7_BATCH_NOT_BEGUN = 1 << 3, /* B3: a BTS without BHS */
    HO_HL7_FILE_NOT_ENDED = 1 << 4,  /* B3: an FHS without FTS */
    HO_HL7_FILE_NOT_BEGUN = 1 << 5,  /* B3: an FTS without FHS */
    HO_HL7_STRAY_LINES = 1 << 6      /* B4 */
};

struct ho_hl7_batch {
    unsigned faults; /* complete once ho_hl7_batch_next gave false */
    uint32_t messages, batches, files;
    uint32_t stray_lines;
    int64_t batch_declared, batch_counted; /* of the first BTS-1 that is wrong */
    int64_t file_declared, file_counted;   /* of the first FTS-1 that is wrong */
    /* The rest is private. */
    struct ho_slice rest;
    uint32_t batch_messages, file_batches;
    bool in_file, in_batch;
};

void ho_hl7_batch_init(struct ho_hl7_batch *batch, struct ho_slice bytes);
/* The next message, from its M to the line end before what follows; it borrows from bytes. False at the end. */
bool ho_hl7_batch_next(struct ho_hl7_batch *batch, struct ho_slice *ret_message);
/* True when there is an envelope or more than one message: what is to be split before it is parsed. */
bool ho_hl7_is_batch(struct ho_slice bytes);

#endif
