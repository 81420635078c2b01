#!/usr/bin/python3
"""Alerts on a real broker and a real Redis: rows that come late, corrections and retractions, through kills; each told once."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import Stack, adt, check, main, member, same, wait_for  # noqa: E402

ANNA, BERT = member(1), member(2, provider="P9")


def told(stack):
    """(kind, revision, recipient, his address is known, the place is named) of every alert of a PCP."""
    return [(a["identity"]["kind"], a["identity"]["revision"], a["recipient"]["provider_id"], not a["recipient"]["fallback"],
             a["encounter"]["facility_name"]) for a in (record["value"] for record in stack.tail("alerts.pcp"))]


def kill_and_return(stack):
    before = stack.kill("notify")
    check(before, "no process of notify")
    wait_for("notify again", lambda: stack.ready("notify") and stack.pids("notify") != before)


def load(stack, what, text):
    path = os.path.join(stack.dir, what + ".csv")
    with open(path, "w") as out:
        out.write(text)
    stack.ho(what, "load", path)
    stack.drain()


def rows_that_come_late_update_what_was_told():
    with Stack("late") as stack:
        stack.load_roster([BERT])
        stack.send([adt("A01", "I", BERT, "V1", "1", "20261101120000")])
        stack.drain()
        expected = [("ALERT", 1, "P9", False, "")]
        same(told(stack), expected, "neither provider nor place is known")
        kill_and_return(stack)
        load(stack, "providers", "provider_id,npi,family,given\nP9,1000000009,Late,Lena\n")
        expected.append(("CORRECTION", 2, "P9", True, ""))
        wait_for("the provider's revision", lambda: len(told(stack)) == 2)
        kill_and_return(stack)
        stack.redis("FLUSHALL")
        kill_and_return(stack)
        load(stack, "facilities", "facility_id,name,kind\nGENERAL,General Hospital,HOSPITAL\n")
        expected.append(("CORRECTION", 3, "P9", True, "General Hospital"))
        wait_for("the place's revision", lambda: len(told(stack)) == 3)
        kill_and_return(stack)  # an assignment wakes who waits: nobody does
        stack.drain()
        same(sorted(told(stack)), sorted(expected), "each row once")
        stack.verify("notify")


def corrections_and_retractions_go_to_who_was_told():
    with Stack("undone") as stack:
        load(stack, "facilities", "facility_id,name,kind\nGENERAL,General Hospital,HOSPITAL\n")
        stack.load_roster([ANNA])
        stack.send([adt("A01", "I", ANNA, "V1", "1", "20261101120000")])
        stack.drain()
        later = json.loads(json.dumps(ANNA))
        later["pcp"] = [{"from": ANNA["pcp"][0]["from"], "to": 20261101, "provider_id": "P1"},
                        {"from": 20261102, "provider_id": "P9"}]
        stack.load_roster([later])
        kill_and_return(stack)
        stack.send([adt("A11", "I", ANNA, "V1", "2", "20261103120000")], "cancel.hl7")
        stack.drain()
        same(told(stack), [("ALERT", 1, "P1", True, "General Hospital"), ("RETRACTION", 2, "P1", True, "General Hospital")],
             "the PCP of that date, not today's")
        audits = [record["value"] for record in stack.tail("audit")]
        same([(a["act"], a["kind"], a["provider_id"]) for a in audits],
             [("DISCLOSED", "ALERT", "P1"), ("DISCLOSED", "RETRACTION", "P1")], "audit")
        stack.verify("notify")


if __name__ == "__main__":
    main(rows_that_come_late_update_what_was_told, corrections_and_retractions_go_to_who_was_told)
