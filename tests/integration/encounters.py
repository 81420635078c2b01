#!/usr/bin/python3
"""Stays on a real broker and a real Redis: what is taken back, what moves to another member: each told once."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import Stack, adt, check, main, member, same, wait_for  # noqa: E402

ANNA, BERT = member(1), member(2)


def events(stack):
    """(member, kind, visit, change, revision) of every care event."""
    return [(e["member_id"], e["kind"], e["visit"], e["change"], e["revision"])
            for e in (record["value"] for record in stack.tail("care.events"))]


def kill_and_return(stack):
    before = stack.kill("encounters")
    check(before, "no process of encounters")
    wait_for("encounters again", lambda: stack.ready("encounters") and stack.pids("encounters") != before)


def with_number(message, number):
    """The hospital's own patient number before the plan's."""
    return message.replace("PID|1||", "PID|1||%s^^^GENERAL^MR~" % number)


def an_admission_is_withdrawn_and_the_er_visit_goes_on():
    with Stack("withdrawn") as stack:
        stack.load_roster([ANNA])
        stack.send([adt("A04", "E", ANNA, "E1", "1", "20261101080000"), adt("A01", "I", ANNA, "V2", "2", "20261101120000")])
        stack.drain()
        kill_and_return(stack)
        stack.redis("FLUSHALL")
        kill_and_return(stack)
        stack.send([adt("A11", "I", ANNA, "V2", "3", "20261101130000"), adt("A01", "I", ANNA, "V2", "4", "20261101120000")],
                   "cancel.hl7")
        stack.send([adt("A03", "E", ANNA, "E1", "5", "20261101180000")], "home.hl7")
        stack.drain()
        who = ANNA["member_id"]
        same(events(stack), [(who, "ER_ARRIVED", "E1", "NEW", 1), (who, "ER_DEPARTED", "E1", "NEW", 1),
                             (who, "ADMITTED", "V2", "NEW", 1), (who, "ADMITTED", "V2", "VOIDED", 2),
                             (who, "ER_DEPARTED", "E1", "VOIDED", 2), (who, "ER_DEPARTED", "E1", "CORRECTED", 3)], "care events")


def a_merge_takes_the_stay_to_its_member():
    with Stack("moved") as stack:
        stack.load_roster([ANNA, BERT])
        stack.send([with_number(adt("A01", "I", ANNA, "V1", "1", "20261101120000"), "N7"),
                    with_number(adt("A04", "E", ANNA, "V5", "2", "20261101130000"), "N9"),
                    with_number(adt("A01", "I", BERT, "V2", "3", "20261101140000"), "N8")])
        stack.drain()
        kill_and_return(stack)
        # The hospital finds that 7 was 8 all along. What is still sent under 7 follows; the merge comes twice.
        merge = with_number(adt("A40", "O", BERT, "", "4", "20261102120000", ["MRG|N7^^^GENERAL^MR"]), "N8")
        stack.send([merge], "merge.hl7")
        stack.drain()
        kill_and_return(stack)
        stack.send([merge.replace("|4|P|", "|5|P|"),
                    with_number(adt("A03", "I", ANNA, "V1", "6", "20261103120000"), "N7")], "late.hl7")
        stack.drain()
        one, two = ANNA["member_id"], BERT["member_id"]
        same(events(stack), [(one, "ADMITTED", "V1", "NEW", 1), (one, "ER_ARRIVED", "V5", "NEW", 1),
                             (two, "ADMITTED", "V2", "NEW", 1), (one, "ADMITTED", "V1", "VOIDED", 2),
                             (two, "ADMITTED", "V1", "NEW", 1), (two, "DISCHARGED", "V1", "NEW", 1)], "care events")
        told = {(e["member_id"], e["kind"], e["visit"], e["change"]): e
                for e in (record["value"] for record in stack.tail("care.events"))}
        here, there = told[one, "ADMITTED", "V1", "NEW"], told[two, "ADMITTED", "V1", "NEW"]
        check(here["encounter_id"] == there["encounter_id"], "the encounter's id does not survive the move")
        check(told[one, "ADMITTED", "V1", "VOIDED"]["moved_to"] == two, "the void does not say where it went")
        check(there["moved_from"] == one, "the event does not say where it came from")


if __name__ == "__main__":
    main(an_admission_is_withdrawn_and_the_er_visit_goes_on, a_merge_takes_the_stay_to_its_member)
