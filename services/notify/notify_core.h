/*
 * notify: whom to tell of what, by when, with what content, once. Pure: same state, lookups and event, same result.
 *
 * What is told (policy says which kinds, and by the end of which day):
 *  notify.1  ADMITTED, of a transfer from another hospital too. HEDIS TRC: day of admission to A+2.
 *  notify.2  DISCHARGED, with where to. HEDIS TRC: D to D+2.
 *  notify.3  ER_ARRIVED; ER_DEPARTED where policy says, and always when the patient died there.
 *  notify.4  OBSERVATION_STARTED and OBSERVATION_ENDED, as policy says.
 *  notify.5  A stay at, or a discharge to, a nursing facility is told by rules 1 and 2 in those words.
 *  notify.6  Death in the stay is told by rules 2 to 4, with no follow-up asked; the date of death in the member's row is
 *            told by itself (MEMBER_DECEASED) unless a stay told it before.
 *  notify.7  One story, few alerts: what became a stay or an observation did not end (no ER discharge then); an
 *            observation that an ER visit became is not told beside it, unless an admission was withdrawn for it; other kinds
 *            are told where policy says.
 *  notify.8  Never told: what is not of production (T, D), and ends that are presumed by a timer.
 * To whom:
 *  notify.9  The PCP of the event's date at the facility: the attribution span that holds it.
 *  notify.10 Nobody, while the member was not covered on that date.
 *  notify.11 No row of the member, or nobody by rules 9 and 10: the event waits in the state, and is told, with the same
 *            content, when a row brings a PCP.
 *  notify.12 What waits for policy's hours is told to the care team (alerts.careteam); withdrawn there when the PCP is
 *            told after all, or the event is void. Not of the deceased, nor of who was not covered.
 *  notify.13 A member's row takes the place of what was known; then all that is not expired is looked at again.
 *  notify.14 Opt-outs stop no notice to a PCP: it is care and a duty of the plan (domain: legal acts are never stopped).
 * One thread:
 *  notify.15 An event's revision that was seen is a duplicate.
 *  notify.16 A correction goes to everybody who was told, whoever is PCP by now: fields before and after, why, who was
 *            told. What changes nothing that was shown sends nothing.
 *  notify.17 A voided event: a retraction to everybody who was told, saying what was said; nothing where nobody was. One
 *            that moved to another member says so, and not to whom.
 *  notify.18 A voided event told again: a correction, saying that the notice stands.
 *  notify.19 Another PCP for the event's date by a later row: he is told, and who was told before is told that.
 *  notify.20 The provider's row is not known: told at once, marked fallback, by the provider's id. When it comes, one
 *            revision with name and address; later changes of the row send nothing.
 *  notify.21 The facility's row is not known: told at once without the place, since nobody can say what its name reveals.
 *            When it comes, one revision names the place, if it may.
 * What is shown:
 *  notify.22 By class of sensitivity (filter.h) and policy's level: all; without details (diagnoses, attending, a telling
 *            disposition); without the place too (facility, feed, control id); nothing. Units are never shown. A class
 *            that is found later takes nothing back that was shown.
 *  notify.23 Every alert has an audit record: fields disclosed, by name, and what was withheld, why. The alert itself never
 *            says the class.
 *  notify.24 A late fact is told late, with its age, and is worth telling as long as another.
 *  notify.25 An alert waits for no score: it shows the tier and LACE that are known when it is decided. None is sent for a
 *            change of them: that is for digests and the console, since every stay changes them several times.
 *  notify.26 Bounded: NOTIFY_FACTS_MAX events; expired ones go first, then the oldest told; what goes untold is counted.
 *
 * The same last revisions for every order of care.events, members, providers and facilities, but for counters, who was
 * told before, and events void before anybody was told (rule 17).
 */
#ifndef NOTIFY_CORE_H
#define NOTIFY_CORE_H

#include "notify/directory.h"
#include "notify/policy.h"
#include "processor/decide.h"

#define NOTIFY_FACTS_MAX 96
#define NOTIFY_FORMER_MAX 4

enum notify_input { NOTIFY_CARE_EVENTS, NOTIFY_MEMBERS, NOTIFY_CARE_RISK };
enum notify_output { NOTIFY_ALERTS_PCP, NOTIFY_ALERTS_CARETEAM, NOTIFY_AUDIT };

struct notify_env {
    struct notify_policies policies;
    struct ho_directory providers, facilities;
};

void notify_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects);
int64_t notify_next_due(const void *state);
void notify_waits(const void *state, struct ho_tokens *tokens);
extern const char *const notify_loose[];

#endif
