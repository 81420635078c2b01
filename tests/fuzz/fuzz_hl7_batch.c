/* The splitter over any bytes: messages in order, apart from each other, each beginning with MSH, and as many as it
 * counts. */
#include "hl7/batch.h"
#include "hl7/hl7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ho_hl7 msg;
    struct ho_slice bytes = {(const char *)data, size}, message;
    const char *at = bytes.ptr;
    struct ho_hl7_batch batch;
    size_t count = 0;
    ho_hl7_batch_init(&batch, bytes);
    while (ho_hl7_batch_next(&batch, &message)) {
        HO_ASSERT(message.ptr >= at && message.len >= 4 && message.ptr + message.len <= bytes.ptr + bytes.len);
        for (int i = 0; i < 3; i++)
            HO_ASSERT((message.ptr[i] & ~0x20) == "MSH"[i]);
        if (ho_hl7_parse(&msg, message, NULL) == HO_OK) /* it is one, not two */
            HO_ASSERT(!msg.rest.ptr && msg.quirks.batch_headers == 0);
        at = message.ptr + message.len;
        count++;
    }
    HO_ASSERT(count == batch.messages && !ho_hl7_batch_next(&batch, &message));
    HO_ASSERT(!(batch.faults & HO_HL7_BATCH_COUNT) || batch.batch_declared != batch.batch_counted);
    HO_ASSERT(!(batch.faults & HO_HL7_STRAY_LINES) == !batch.stray_lines);
    return 0;
}
