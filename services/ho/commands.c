/* The commands, and what --help says of each. */
#include "ho.h"

#define LOAD_TEXT                                                                                                       \
    "--at TIME   the rows' Kafka timestamp, \"2026-01-31\" or \"2026-01-31T08:00:00Z\"; without it now\n"                 \
    "The file is checked whole first: with one wrong line nothing is written. Only rows that differ from what the topic\n" \
    "holds are written. Exit 0 loaded, 1 a line is wrong or Kafka did not take it.\n"

#define LOG_TEXT                                                                                                        \
    "--at TIME   the records' Kafka timestamp, \"2026-01-31\" or \"2026-01-31T08:00:00Z\"; without it now\n"              \
    "The file is checked whole first: with one wrong line nothing is written. A record that the topic holds already is\n"  \
    "not written again; a correction is the same id with the next revision. Exit 0 loaded, 1 a line is wrong or Kafka\n"   \
    "did not take it.\n"

const struct ho_command ho_commands[] = {
    {"topics", "the topics of the catalogue", "create [--partitions N] [--keep-all]\nlist",
     "create makes what is missing (running it again changes nothing) and publishes every schema.\n"
     "--partitions N   of the member topics, 12 when not given; it never changes afterwards\n"
     "--keep-all       nothing expires (replay, simulation, tests)\n"
     "Exit 0 all there, 1 not made, or there with another count.\n",
     ho_cmd_topics},
    {"roster", "members from a file", "load FILE.ndjson [--at TIME]",
     "One JSON object a line with the fields of member.avsc (schemas/README.md).\n" LOAD_TEXT, ho_cmd_roster},
    {"providers", "providers from a file", "load FILE.csv [--at TIME]",
     "CSV; its header names fields of provider.avsc.\n" LOAD_TEXT, ho_cmd_providers},
    {"facilities", "facilities from a file", "load FILE.csv [--at TIME]",
     "CSV; its header names fields of facility.avsc.\n" LOAD_TEXT, ho_cmd_facilities},
    {"assessments", "assessments from a file", "load FILE.ndjson [--at TIME]",
     "One JSON object a line with the fields of assessment.avsc.\n" LOG_TEXT, ho_cmd_assessments},
    {"clinical.facts", "diagnoses, labs, procedures and visits from a file", "load FILE.ndjson [--at TIME]",
     "One JSON object a line with the fields of clinical_fact.avsc.\n" LOG_TEXT, ho_cmd_clinical_facts},
    {"care.actions", "what people did, from a file", "load FILE.ndjson [--at TIME]",
     "One JSON object a line with the fields of care_action.avsc.\n" LOG_TEXT, ho_cmd_care_actions},
    {"send", "HL7 messages over MLLP", "FILE... [--to HOST:PORT] [--any-ack]",
     "Messages of a file stand apart by a blank line; each is answered before the next is sent. Prints file, control id,\n"
     "answer and milliseconds.\n"
     "--to HOST:PORT   where the gateway listens; without it the stack's own\n"
     "--any-ack        negative answers are no failure\n"
     "Exit 0 all answered positively, 1 a negative answer, or none.\n",
     ho_cmd_send},
    {"tail", "records of a topic, a line each", "TOPIC [--from-start] [--until-end] [--phi]",
     "Prints topic, partition, offset, key, Kafka timestamp, headers and value of committed records. TOPIC with or without\n"
     "its namespace.\n"
     "--from-start   from the first record; without it what comes from now on\n"
     "--until-end    stops at the present end\n"
     "--phi          shows values, and keys that are a member's; they are personal data, and hidden without it\n"
     "Exit 0 read, 1 Kafka does not answer, 2 no such topic.\n",
     ho_cmd_tail},
    {"member", "one member's story on a page", "ID [--at TIME] [--phi]",
     "Who the member is on that date, where now, risk, identifiers, what came and what it did, alerts, and how current it is.\n"
     "--at TIME   what was known then, \"2026-01-31\" or \"2026-01-31T08:00:00Z\": records up to that Kafka timestamp, which is\n"
     "            when the message that caused them was received\n"
     "--phi       shows names, birth date, phones, hospital's numbers and units too; what is hidden is said\n"
     "Why a message had no effect is judged again by the rules of encounters, over what adt.matched still holds (90 days).\n"
     "Exit 0 found, 1 Kafka or Redis does not answer, 2 no daemon knows the member, 3 found, but a state is stale: a daemon\n"
     "lags or is not running.\n",
     ho_cmd_member},
    {"match", "what identity says of a message, and why", "FILE... [--feed ID] [--phi]\n--message-id ID [--phi]",
     "Judges by identity's own rules, the roster and the links of the stack; writes nothing. Messages of a file are parted\n"
     "by a blank line; --message-id looks for one in adt.raw.\n"
     "--feed ID      feed whose numbers, codes and zone count; default when not given\n"
     "--phi          shows name, birth date and the feed's number too\n"
     "--feeds DIR    --policy DIR   other folders than the stack's\n"
     "Exit 0 judged, 1 Kafka or Redis does not answer or a file cannot be read, 2 no such message.\n",
     ho_cmd_match},
    {"feed", "a hospital's messages before it goes live", "check FILE... [--feed ID] [--feeds DIR]",
     "A verdict for each message (good, look, ignored, wrong) by the rules that the daemons run, then a summary: what is\n"
     "blank, not mapped, used twice, or cannot be read. Asks neither Kafka nor Redis; shows nothing of a person.\n"
     "--feed ID     feed whose file counts; default when not given\n"
     "--feeds DIR   another folder than the stack's\n"
     "Exit 0 none is wrong, 1 some are, or a file cannot be read, 2 no such feed.\n",
     ho_cmd_feed},
    {"why", "where an alert comes from", "ALERT_ID [--phi]",
     "Follows every revision of the alert back: rule, policy and recipient; the fact on care.events; the match; the bytes on\n"
     "adt.raw, with feed and control id. What a topic no longer holds is said to be gone.\n"
     "--phi   shows the member and the bytes too\n"
     "Exit 0 found, 1 Kafka does not answer, 2 no such alert.\n",
     ho_cmd_why},
    {"dlq", "dead letters: what, why, and back again", "list\nshow DAEMON [--reason R] [--at P/O] [--phi]\nredrive DAEMON [--reason R] [--at P/O] [--yes]",
     "list counts them by reason; show prints each; redrive writes them to the topics that they came from, with their key,\n"
     "bytes, headers and time, and header ho-redriven. What was re-driven before is left out. Mend the reason first.\n"
     "--reason R   only those with this reason, e.g. processor.unknown_schema\n"
     "--at P/O     only the one at partition P, offset O of dlq.DAEMON\n"
     "--yes        does it; without it redrive only shows what it would write\n"
     "--phi        shows keys and values; they are personal data, and hidden without it\n"
     "Exit 0 done, 1 Kafka does not answer or did not take all, 2 no such daemon or dead letter.\n",
     ho_cmd_dlq},
    {"drain", "waits until every daemon has read everything", "[--timeout S]",
     "--timeout S   seconds, 120 when not given\n"
     "Exit 0 when two looks in a row found nothing to read, 1 at the timeout, naming a daemon that is not done.\n",
     ho_cmd_drain},
    {"doctor", "what is wrong, why, and a safe command", "",
     "Looks at Kafka (brokers, their settings, topics and replicas), Redis, the disk and every daemon. What it suggests\n"
     "can do no harm. Notes (dead letters, a filling disk) are no problems.\n"
     "Exit 0 nothing wrong, 1 problems.\n",
     ho_cmd_doctor},
};
const size_t ho_commands_count = HO_LENGTH(ho_commands);
