#include "gateway/gateway_core.h"

#include "base/id.h"

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool begins(const char *line, const char *end, const char *name)
{
    return end - line >= 3 && upper(line[0]) == name[0] && upper(line[1]) == name[1] && upper(line[2]) == name[2];
}

/* The bytes up to the end of MSH, which may stand behind blank lines and batch headers; the rest is identity's. */
static struct ho_slice through_msh(struct ho_slice bytes)
{
    const char *end = bytes.ptr + bytes.len, *line = bytes.ptr;
    while (line < end) {
        const char *stop = line;
        while (stop < end && *stop != '\r' && *stop != '\n')
            stop++;
        while (line < stop && (*line == ' ' || *line == '\t' || *line == '\0'))
            line++;
        if (line < stop && !begins(line, stop, "FHS") && !begins(line, stop, "BHS"))
            return (struct ho_slice){bytes.ptr, (size_t)(stop - bytes.ptr)};
        line = stop + 1;
    }
    return bytes;
}

static void fill(struct gateway_header *header, const struct ho_hl7 *msg)
{
    const struct ho_hl7_segment *msh = ho_hl7_segment(msg, "MSH", 0);
    struct ho_slice mode = ho_hl7_get(msg, "MSH", 11, 1);
    *header = (struct gateway_header){.field = msg->field,
                                      .component = msg->component,
                                      .subcomponent = msg->subcomponent,
                                      .encoding = ho_hl7_field(msg, msh, 2),
                                      .sender = ho_hl7_field(msg, msh, 3),
                                      .sender_facility = ho_hl7_field(msg, msh, 4),
                                      .receiver = ho_hl7_field(msg, msh, 5),
                                      .receiver_facility = ho_hl7_field(msg, msh, 6),
                                      .type = ho_hl7_get(msg, "MSH", 9, 1),
                                      .event = ho_hl7_get(msg, "MSH", 9, 2),
                                      .control_id = ho_hl7_field(msg, msh, 10),
                                      .processing_id = ho_hl7_field(msg, msh, 11),
                                      .version = ho_hl7_field(msg, msh, 12),
                                      .accept_ack = ho_hl7_get(msg, "MSH", 15, 1),
                                      .application_ack = ho_hl7_get(msg, "MSH", 16, 1),
                                      .mode = mode.len == 1 ? mode.ptr[0] : mode.len ? '?' : '\0'};
}

/* True when the feed lists the type alone or with the event; an empty list takes all. */
static bool takes(const struct ho_feed *feed, const struct gateway_header *header)
{
    char both[64];
    size_t len = header->type.len + 1 + header->event.len;
    if (!feed->types[0] || ho_feed_lists(feed->types, header->type))
        return true;
    if (len >= sizeof both || !header->event.len)
        return false;
    memcpy(both, header->type.ptr, header->type.len);
    both[header->type.len] = '^';
    memcpy(both + header->type.len + 1, header->event.ptr, header->event.len);
    return ho_feed_lists(feed->types, (struct ho_slice){both, len});
}

/* True when some event of that type is listed: then it is the event that is not accepted. */
static bool takes_another(const struct ho_feed *feed, struct ho_slice type)
{
    for (const char *at = feed->types; *at;) {
        at += strspn(at, " ,");
        if (strncmp(at, type.ptr, type.len) == 0 && at[type.len] == '^')
            return true;
        at += strcspn(at, " ,");
    }
    return false;
}

static enum gateway_verdict accept(const struct ho_feed *feed, const struct gateway_header *header, struct ho_slice version)
{
    if (!header->type.len)
        return GATEWAY_NO_TYPE;
    if (!takes(feed, header))
        return takes_another(feed, header->type) ? GATEWAY_EVENT : GATEWAY_TYPE;
    if (header->mode && !strchr(feed->processing_ids, header->mode))
        return GATEWAY_PROCESSING_ID;
    if (feed->versions[0] && version.len && !ho_feed_lists(feed->versions, version))
        return GATEWAY_VERSION;
    return GATEWAY_STORE;
}

/* Rule 4: what identity cannot take: a message of more segments than are read, or an ADT message about a patient without PID. A20 is about
 * a bed, A19 and A56 to A59 are no ADT events. */
static bool content_good(struct ho_slice bytes, const struct gateway_header *header, struct ho_hl7 *msg)
{
    if (ho_hl7_parse(msg, bytes, NULL) != HO_OK || msg->quirks.beyond)
        return false;
    return !ho_slice_is(header->type, "ADT") || ho_hl7_segment(msg, "PID", 0) ||
           ho_feed_lists("A19 A20 A56 A57 A58 A59", header->event);
}

enum gateway_verdict gateway_read(struct ho_slice bytes, const struct ho_feed *feed, struct gateway_header *header)
{
    static _Thread_local struct ho_hl7 msg; /* large */
    *header = (struct gateway_header){.field = '|', .component = '^', .subcomponent = '&', .encoding = HO_SLICE("^~\\&")};
    if (ho_hl7_parse(&msg, through_msh(bytes), NULL) != HO_OK)
        return GATEWAY_UNREADABLE;
    fill(header, &msg);
    enum gateway_verdict verdict = accept(feed, header, ho_hl7_get(&msg, "MSH", 12, 1));
    if (verdict == GATEWAY_STORE && feed->error_ack && !content_good(bytes, header, &msg))
        return GATEWAY_CONTENT;
    return verdict;
}

uint64_t gateway_control(const struct gateway_header *header)
{
    const struct ho_slice parts[] = {header->sender, header->sender_facility, header->control_id};
    uint64_t hashes[HO_LENGTH(parts)];
    if (!header->control_id.len)
        return 0;
    for (size_t i = 0; i < HO_LENGTH(parts); i++)
        hashes[i] = ho_hash64(parts[i].len ? parts[i].ptr : "", parts[i].len);
    uint64_t key = ho_hash64(hashes, sizeof hashes);
    return key ? key : 1;
}

/* Rule 13. The reserve is what keeps one slow feed from holding up the others. */
bool gateway_may_read(const struct gateway_load *load, const struct gateway_load *max, size_t reserve)
{
    return !load->unsent && load->frames < max->frames && load->bytes < max->bytes && load->feed_bytes < max->feed_bytes &&
           (load->total_bytes < max->total_bytes || load->feed_bytes < reserve);
}

enum gateway_producer gateway_producer(const struct ho_feed *feed, enum gateway_producer now, size_t total_in_flight)
{
    if (feed->hold)
        return GATEWAY_PATIENT;
    return total_in_flight >= GATEWAY_MANY ? GATEWAY_BULK : total_in_flight < GATEWAY_FEW ? GATEWAY_QUICK : now;
}

enum gateway_end gateway_end(const struct gateway_wait *wait, const struct gateway_patience *patience, int64_t now)
{
    if (wait->handshake)
        return now - wait->opened >= patience->handshake_ms ? GATEWAY_END_HANDSHAKE : GATEWAY_GOES_ON;
    if (wait->unsent && now - wait->written >= patience->frame_ms)
        return GATEWAY_END_ANSWERS;
    if (wait->closing)
        return now - wait->read >= patience->frame_ms ? GATEWAY_END_ANSWERS : GATEWAY_GOES_ON;
    if (wait->paused)
        return GATEWAY_GOES_ON;
    if (wait->inside && now - wait->frame_began >= patience->frame_ms)
        return GATEWAY_END_FRAME;
    if (wait->inside)
        return wait->at_end && now - wait->read >= patience->end_ms ? GATEWAY_FRAME_ENDS : GATEWAY_GOES_ON;
    int64_t last = wait->read > wait->written ? wait->read : wait->written;
    bool idle = patience->idle_ms && !wait->frames && !wait->unsent && now - last >= patience->idle_ms;
    return idle ? GATEWAY_END_IDLE : GATEWAY_GOES_ON;
}
