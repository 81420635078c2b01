#include "notify/alert_text.h"

#include "base/calendar.h"

static const char *const went[] = {
    [NOTIFY_STATE_DISPOSITION_CLASS_UNKNOWN] = "",
    [NOTIFY_STATE_DISPOSITION_CLASS_HOME] = "home",
    [NOTIFY_STATE_DISPOSITION_CLASS_HOME_HEALTH] = "home with home health care",
    [NOTIFY_STATE_DISPOSITION_CLASS_SNF] = "to a nursing facility",
    [NOTIFY_STATE_DISPOSITION_CLASS_ACUTE] = "to another hospital",
    [NOTIFY_STATE_DISPOSITION_CLASS_REHAB] = "to a rehabilitation facility",
    [NOTIFY_STATE_DISPOSITION_CLASS_LTACH] = "to a long-term acute care hospital",
    [NOTIFY_STATE_DISPOSITION_CLASS_PSYCHIATRIC] = "to a psychiatric hospital",
    [NOTIFY_STATE_DISPOSITION_CLASS_HOSPICE] = "to hospice",
    [NOTIFY_STATE_DISPOSITION_CLASS_AMA] = "against medical advice",
    [NOTIFY_STATE_DISPOSITION_CLASS_DIED] = "died",
    [NOTIFY_STATE_DISPOSITION_CLASS_NOT_DISCHARGED] = "",
    [NOTIFY_STATE_DISPOSITION_CLASS_OTHER] = "to another place"};
_Static_assert(HO_LENGTH(went) == NOTIFY_STATE_DISPOSITION_CLASS_COUNT, "words for each");

struct ho_slice notify_disposition_words(enum notify_state_disposition_class class)
{
    return ho_slice_of(went[class]);
}

static struct ho_slice date_words(int32_t date, struct ho_arena *arena)
{
    return ho_arena_printf(arena, "%04d-%02d-%02d", date / 10000, date / 100 % 100, date % 100);
}

struct ho_slice notify_when(const struct alert_alert_times *times, struct ho_arena *arena)
{
    const struct alert_hl7_time *at = &times->occurred;
    if (!times->has_occurred)
        return HO_SLICE("");
    struct ho_slice date = date_words(at->local_date, arena);
    if (at->precision < ALERT_PRECISION_MINUTE)
        return date;
    int64_t local = at->utc_ms + (at->has_offset_min ? at->offset_min * INT64_C(60000) : 0);
    int minutes = (int)((local % HO_DAY_MS + HO_DAY_MS) % HO_DAY_MS / 60000);
    return ho_arena_printf(arena, "%.*s at %02d:%02d", HO_SLICE_ARG(date), minutes / 60, minutes % 60);
}

struct ho_slice notify_diagnoses(const struct alert_alert_encounter *encounter, struct ho_arena *arena)
{
    struct ho_slice out = HO_SLICE("");
    for (size_t i = 0; i < encounter->diagnoses.count; i++) {
        const struct alert_diagnosis *one = &encounter->diagnoses.items[i];
        out = ho_arena_printf(arena, "%.*s%s%.*s%s%.*s", HO_SLICE_ARG(out), i ? "; " : "", HO_SLICE_ARG(one->code),
                              one->code.len && one->text.len ? " " : "", HO_SLICE_ARG(one->text));
    }
    return out;
}

struct ho_slice notify_place(const struct alert_alert_encounter *encounter)
{
    return encounter->facility_name.len ? encounter->facility_name : encounter->facility_id;
}

static struct ho_slice ask_after_stay(const struct notify_asking *asking, struct ho_slice until, struct ho_arena *arena)
{
    switch (asking->disposition) {
    case NOTIFY_STATE_DISPOSITION_CLASS_SNF:
    case NOTIFY_STATE_DISPOSITION_CLASS_ACUTE:
    case NOTIFY_STATE_DISPOSITION_CLASS_REHAB:
    case NOTIFY_STATE_DISPOSITION_CLASS_LTACH:
    case NOTIFY_STATE_DISPOSITION_CLASS_PSYCHIATRIC:
        return HO_SLICE("Care goes on in a facility: file this notice in the chart.");
    case NOTIFY_STATE_DISPOSITION_CLASS_AMA:
        return ho_arena_printf(arena,
                               "The patient left early: see the patient soon, and reconcile the medication by %.*s; the "
                               "plan calls within 1 business day.",
                               HO_SLICE_ARG(until));
    case NOTIFY_STATE_DISPOSITION_CLASS_UNKNOWN:
    case NOTIFY_STATE_DISPOSITION_CLASS_HOME:
    case NOTIFY_STATE_DISPOSITION_CLASS_HOME_HEALTH:
    case NOTIFY_STATE_DISPOSITION_CLASS_HOSPICE:
    case NOTIFY_STATE_DISPOSITION_CLASS_DIED:
    case NOTIFY_STATE_DISPOSITION_CLASS_NOT_DISCHARGED:
    case NOTIFY_STATE_DISPOSITION_CLASS_OTHER:
        break;
    }
    return ho_arena_printf(arena,
                           "See the patient, and reconcile the medication by %.*s; the plan calls within 2 business days.",
                           HO_SLICE_ARG(until));
}

static bool ends_a_stay(enum alert_alert_event_kind kind)
{
    return kind == ALERT_ALERT_EVENT_KIND_DISCHARGED || kind == ALERT_ALERT_EVENT_KIND_OBSERVATION_ENDED;
}

void notify_ask(const struct notify_asking *asking, struct alert *out, struct ho_arena *arena)
{
    enum alert_alert_event_kind kind = out->why.event_kind;
    int32_t until = asking->ask_days ? ho_date_of_days(ho_days_of_date(asking->date) + asking->ask_days) : 0;
    struct ho_slice words = until ? date_words(until, arena) : HO_SLICE("the policy's date");
    if (asking->dead) {
        out->action.asked = HO_SLICE("No follow-up is asked; close open orders and appointments.");
    } else if (asking->hospice) {
        out->action.asked = HO_SLICE("The patient is in hospice: for your information.");
    } else if (ends_a_stay(kind)) {
        out->action.asked = ask_after_stay(asking, words, arena);
        out->action.until = until;
    } else if (kind == ALERT_ALERT_EVENT_KIND_ER_ARRIVED || kind == ALERT_ALERT_EVENT_KIND_ER_DEPARTED) {
        out->action.asked = ho_arena_printf(arena, "Follow up by %.*s.", HO_SLICE_ARG(words));
        out->action.until = until;
    } else {
        out->action.asked = HO_SLICE("File this notice in the chart; expect the discharge information.");
    }
}

static const char *verb(const struct alert *out)
{
    switch (out->why.event_kind) {
    case ALERT_ALERT_EVENT_KIND_ADMITTED:
        return ho_slice_is(out->encounter.facility_kind, "SNF") ? "was admitted to a nursing facility" : "was admitted";
    case ALERT_ALERT_EVENT_KIND_DISCHARGED:
        return out->encounter.death ? "died in the hospital" : "was discharged";
    case ALERT_ALERT_EVENT_KIND_ER_ARRIVED:
        return "arrived in an emergency room";
    case ALERT_ALERT_EVENT_KIND_ER_DEPARTED:
        return out->encounter.death ? "died in an emergency room" : "left an emergency room";
    case ALERT_ALERT_EVENT_KIND_OBSERVATION_STARTED:
        return "was placed under observation";
    case ALERT_ALERT_EVENT_KIND_OBSERVATION_ENDED:
        return out->encounter.death ? "died under observation" : "left observation";
    case ALERT_ALERT_EVENT_KIND_TRANSFERRED:
        return "was transferred within the hospital";
    case ALERT_ALERT_EVENT_KIND_PREADMITTED:
        return "is to be admitted";
    case ALERT_ALERT_EVENT_KIND_LEAVE_STARTED:
        return "went on leave from the hospital";
    case ALERT_ALERT_EVENT_KIND_LEAVE_ENDED:
        return "came back from leave";
    case ALERT_ALERT_EVENT_KIND_MEMBER_DECEASED:
        return "died, by the plan's records,";
    case ALERT_ALERT_EVENT_KIND_UNKNOWN:
    case ALERT_ALERT_EVENT_KIND_UPDATED:
        break;
    }
    return "has a change in care";
}

/* What a correction says first. */
static struct ho_slice lead(const struct alert *out, struct ho_arena *arena)
{
    if (!out->has_correction)
        return HO_SLICE("");
    struct ho_slice text = ho_arena_printf(arena, "Corrected: %.*s", HO_SLICE_ARG(out->correction.reason));
    for (size_t i = 0; i < out->correction.changes.count; i++) {
        const struct alert_alert_change *one = &out->correction.changes.items[i];
        text = ho_arena_printf(arena, "%.*s %.*s was \"%.*s\", is \"%.*s\".", HO_SLICE_ARG(text), HO_SLICE_ARG(one->field),
                               HO_SLICE_ARG(one->before), HO_SLICE_ARG(one->after));
    }
    return ho_arena_printf(arena, "%.*s It now reads: ", HO_SLICE_ARG(text));
}

/* "Attending: X. Diagnoses: Y. This news came 3 days late." as far as there is something to say. */
static struct ho_slice details(const struct alert *out, int late_hours, struct ho_arena *arena)
{
    struct ho_slice text = HO_SLICE(""), diagnoses = notify_diagnoses(&out->encounter, arena);
    if (out->encounter.attending_name.len)
        text = ho_arena_printf(arena, " Attending: %.*s.", HO_SLICE_ARG(out->encounter.attending_name));
    if (diagnoses.len)
        text = ho_arena_printf(arena, "%.*s Diagnoses: %.*s.", HO_SLICE_ARG(text), HO_SLICE_ARG(diagnoses));
    if (out->has_risk && !ho_slice_is(out->risk.tier, "UNKNOWN"))
        text = ho_arena_printf(arena, "%.*s Risk tier: %.*s.", HO_SLICE_ARG(text), HO_SLICE_ARG(out->risk.tier));
    int hours = out->times.has_age_min ? out->times.age_min / 60 : 0;
    if (hours >= late_hours)
        text = ho_arena_printf(arena, "%.*s The plan heard of it %d %s later.", HO_SLICE_ARG(text),
                               hours >= 48 ? hours / 24 : hours, hours >= 48 ? "days" : "hours");
    return text;
}

static struct ho_slice closing(const struct alert *out, struct ho_arena *arena)
{
    if (!out->action.contact_name.len && !out->action.contact_phone.len)
        return out->action.asked;
    return ho_arena_printf(arena, "%.*s Contact at the plan: %.*s %.*s.", HO_SLICE_ARG(out->action.asked),
                           HO_SLICE_ARG(out->action.contact_name), HO_SLICE_ARG(out->action.contact_phone));
}

/* "was discharged home (General Hospital)"; the place stands apart, since not every verb takes it. */
static struct ho_slice happened(const struct alert *out, struct ho_arena *arena)
{
    struct ho_slice place = notify_place(&out->encounter), to = out->encounter.disposition_words;
    enum alert_alert_event_kind kind = out->why.event_kind;
    bool says_to = to.len && !out->encounter.death && (ends_a_stay(kind) || kind == ALERT_ALERT_EVENT_KIND_ER_DEPARTED);
    if (says_to)
        return ho_arena_printf(arena, "%s %.*s%s%.*s%s", verb(out), HO_SLICE_ARG(to), place.len ? " (" : "",
                               HO_SLICE_ARG(place), place.len ? ")" : "");
    return ho_arena_printf(arena, "%s%s%.*s%s", verb(out), place.len ? " (" : "", HO_SLICE_ARG(place),
                           place.len ? ")" : "");
}

/* A retraction says what was said, as it was said: from the ledger, since the cancel itself may say other things. */
static void retraction_text(struct alert *out, struct ho_arena *arena)
{
    struct ho_slice said = HO_SLICE(""), born = date_words(out->member.birth_date, arena);
    for (size_t i = 0; i < out->correction.changes.count; i++) {
        const struct alert_alert_change *one = &out->correction.changes.items[i];
        if (!ho_slice_is(one->field, "patient") && !ho_slice_is(one->field, "asked"))
            said = ho_arena_printf(arena, "%.*s; %.*s \"%.*s\"", HO_SLICE_ARG(said), HO_SLICE_ARG(one->field),
                                   HO_SLICE_ARG(one->before));
    }
    out->action = (struct alert_alert_action){.asked = HO_SLICE("Disregard the earlier notice.")};
    out->text.push = HO_SLICE("A notice about a patient of yours was withdrawn.");
    out->text.subject = ho_arena_printf(arena, "Withdrawn: %.*s, %.*s %s", HO_SLICE_ARG(out->member.family),
                                        HO_SLICE_ARG(out->member.given), verb(out));
    out->text.body = ho_arena_printf(arena, "Withdrawn: %.*s What was said: %.*s %.*s (born %.*s) %s%.*s. %.*s",
                                     HO_SLICE_ARG(out->correction.reason), HO_SLICE_ARG(out->member.given),
                                     HO_SLICE_ARG(out->member.family), HO_SLICE_ARG(born), verb(out), HO_SLICE_ARG(said),
                                     HO_SLICE_ARG(out->action.asked));
}

void notify_alert_text(struct alert *out, int late_hours, struct ho_arena *arena)
{
    if (out->identity.kind == ALERT_ALERT_KIND_RETRACTION) {
        retraction_text(out, arena);
        return;
    }
    struct ho_slice first = lead(out, arena), what = happened(out, arena), rest = details(out, late_hours, arena);
    struct ho_slice when = notify_when(&out->times, arena), end = closing(out, arena);
    struct ho_slice born = date_words(out->member.birth_date, arena);
    out->text.push = HO_SLICE("There is news of a patient of yours.");
    out->text.subject = ho_arena_printf(arena, "%s%.*s, %.*s %s", out->has_correction ? "Corrected: " : "",
                                        HO_SLICE_ARG(out->member.family), HO_SLICE_ARG(out->member.given), verb(out));
    out->text.body = ho_arena_printf(arena, "%.*s%.*s %.*s (born %.*s) %.*s%s%.*s.%.*s %.*s", HO_SLICE_ARG(first),
                                     HO_SLICE_ARG(out->member.given), HO_SLICE_ARG(out->member.family), HO_SLICE_ARG(born),
                                     HO_SLICE_ARG(what), when.len ? " on " : ", at a time that was not sent",
                                     HO_SLICE_ARG(when), HO_SLICE_ARG(rest), HO_SLICE_ARG(end));
}
