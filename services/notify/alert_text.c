#include "notify/alert_text.h"

static const char *verb(enum alert_care_event_kind kind)
{
    switch (kind) {
    case ALERT_CARE_EVENT_KIND_ADMITTED:
        return "was admitted";
    case ALERT_CARE_EVENT_KIND_DISCHARGED:
        return "was discharged";
    case ALERT_CARE_EVENT_KIND_ER_ARRIVED:
        return "arrived in an emergency room";
    case ALERT_CARE_EVENT_KIND_UNKNOWN:
    case ALERT_CARE_EVENT_KIND_ER_DEPARTED:
    case ALERT_CARE_EVENT_KIND_OBSERVATION_STARTED:
    case ALERT_CARE_EVENT_KIND_OBSERVATION_ENDED:
    case ALERT_CARE_EVENT_KIND_TRANSFERRED:
    case ALERT_CARE_EVENT_KIND_PREADMITTED:
    case ALERT_CARE_EVENT_KIND_LEAVE_STARTED:
    case ALERT_CARE_EVENT_KIND_LEAVE_ENDED:
    case ALERT_CARE_EVENT_KIND_UPDATED:
        break;
    }
    return "has a change in care";
}

static const char *asked(enum alert_care_event_kind kind)
{
    if (kind == ALERT_CARE_EVENT_KIND_ADMITTED)
        return "File this notice in the chart; expect the discharge information.";
    if (kind == ALERT_CARE_EVENT_KIND_DISCHARGED)
        return "See the patient and reconcile the medication within 30 days; the plan calls within 2 business days.";
    return "Follow up within 7 days.";
}

static struct ho_slice when(const struct alert *out, struct ho_arena *arena)
{
    if (!out->times.has_occurred)
        return HO_SLICE("at a time that was not sent");
    int32_t date = out->times.occurred.local_date;
    return ho_arena_printf(arena, "on %04d-%02d-%02d", date / 10000, date / 100 % 100, date % 100);
}

void notify_alert_text(struct alert *out, struct ho_arena *arena)
{
    bool taken_back = out->identity.kind == ALERT_ALERT_KIND_RETRACTION;
    bool corrected = out->identity.kind == ALERT_ALERT_KIND_CORRECTION;
    const char *lead = taken_back ? "Withdrawn: " : corrected ? "Corrected: " : "";
    struct ho_slice place = out->encounter.facility_name.len ? out->encounter.facility_name
                            : out->encounter.facility_id.len ? out->encounter.facility_id
                                                             : HO_SLICE("a facility");
    out->action = taken_back ? HO_SLICE("Disregard the earlier notice.") : ho_slice_of(asked(out->why.event_kind));
    out->push = taken_back ? HO_SLICE("A notice about a patient of yours was withdrawn.")
                           : HO_SLICE("There is news of a patient of yours.");
    out->subject = ho_arena_printf(arena, "%s%.*s, %.*s %s", lead, HO_SLICE_ARG(out->member.family),
                                   HO_SLICE_ARG(out->member.given), verb(out->why.event_kind));
    struct ho_slice date = when(out, arena);
    out->body = ho_arena_printf(arena, "%s%.*s %.*s (born %d) %s %.*s at %.*s. %.*s", lead,
                                HO_SLICE_ARG(out->member.given), HO_SLICE_ARG(out->member.family),
                                out->member.birth_date, verb(out->why.event_kind), HO_SLICE_ARG(date),
                                HO_SLICE_ARG(place), HO_SLICE_ARG(out->action));
}
