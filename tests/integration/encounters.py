#!/usr/bin/python3
"""Stays on a real broker and a real Redis: what is taken back, what moves to another member, what hangs; each told once."""
import calendar
import os
import subprocess
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


def at(day, hour):
    """Milliseconds of that hour of November 2026, UTC."""
    return calendar.timegm((2026, 11, day, hour, 0, 0)) * 1000


def set_clock(stack, ms):
    subprocess.run(["kcat", "-b", stack.info()["kafka"], "-t", "ho.clock", "-P", "-k", "now"], input=b"%d" % ms, check=True,
                   timeout=60)


def an_er_visit_that_nobody_ends_is_closed_by_the_clock():
    with Stack("hanging", "--clock", "topic") as stack:
        stack.load_roster([ANNA])
        set_clock(stack, at(1, 14))
        kill_and_return(stack)  # until the first value it went by the wall's clock, and time never goes back
        stack.send([adt("A04", "E", ANNA, "E1", "1", "20261101080000"), adt("A04", "E", ANNA, "E2", "2", "20261101090000")])
        stack.drain()
        who = ANNA["member_id"]
        arrived = [(who, "ER_ARRIVED", "E1", "NEW", 1), (who, "ER_ARRIVED", "E2", "NEW", 1)]
        set_clock(stack, at(3, 13))
        stack.send([adt("A03", "E", ANNA, "E2", "3", "20261101100000")], "ended.hl7")
        stack.drain()
        arrived += [(who, "ER_DEPARTED", "E2", "NEW", 1)]
        same(events(stack), arrived, "before the 48 hours are over")
        # It dies, the hours pass, and it closes the visit when it is back; once.
        before = stack.kill("encounters")
        set_clock(stack, at(3, 15))
        wait_for("encounters again", lambda: stack.ready("encounters") and stack.pids("encounters") != before)
        presumed = arrived + [(who, "ER_DEPARTED", "E1", "NEW", 1)]
        wait_for("the timer", lambda: len(events(stack)) >= len(presumed))
        kill_and_return(stack)
        set_clock(stack, at(9, 12))
        stack.send([adt("A03", "E", ANNA, "E1", "4", "20261101190000")], "late.hl7")
        stack.drain()
        same(events(stack), presumed + [(who, "ER_DEPARTED", "E1", "CORRECTED", 2)], "after the end that came late")


if __name__ == "__main__":
    main(an_admission_is_withdrawn_and_the_er_visit_goes_on, a_merge_takes_the_stay_to_its_member,
         an_er_visit_that_nobody_ends_is_closed_by_the_clock)
