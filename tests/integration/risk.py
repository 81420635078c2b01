#!/usr/bin/python3
"""Risk on a real broker and a real Redis: a timer that is due, a stay from the socket to the view, and what survives."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import Stack, adt, check, main, member, wait_for  # noqa: E402

ANNA, BERT = member(1), member(2)


def load(stack, command, row, *at):
    path = os.path.join(stack.dir, command + ".ndjson")
    with open(path, "w") as out:
        out.write(json.dumps(row) + "\n")
    return stack.ho(command, "load", path, *at)


def seen(stack, who):
    """What the view says of that member; {} when nothing."""
    for partition in range(4):
        value = stack.redis("HGET", "{ho:risk:%d}:v:risk" % partition, who["member_id"]).strip()
        if value:
            return json.loads(value)
    return {}


def an_override_ends_by_timer(stack):
    action = {"member_id": ANNA["member_id"], "action_id": "T1", "kind": "TIER_OVERRIDE", "tier": "HIGH", "at_ms": 1767700800000,
              "date": 20260106, "until": 20260120, "by": "rn1", "reason": "fell at home"}
    load(stack, "care.actions", action, "--at", "2026-01-06T12:00:00Z")
    wait_for("the end of the override", lambda: seen(stack, ANNA).get("changed_at") == 20260121)
    risk = seen(stack, ANNA)
    check((risk["tier"], risk["previous_tier"], risk["override"]) == ("LOW", "HIGH", False), "the view says %s" % risk)
    told = [record for record in stack.tail("care.risk") if record["value"]["as_of"] == 20260121]
    check(len(told) == 1, "told %d times" % len(told))
    check(told[0]["timestamp"] == 1768971600000, "a timer's record carries its due time, not %s" % told[0]["timestamp"])
    check(all(record["value"]["not_for_coverage"] for record in stack.tail("care.risk")), "not_for_coverage")
    again = load(stack, "care.actions", action)
    check("0 new" in again, "the same action again: %s" % again)


def a_stay_reaches_the_view(stack):
    codes = ["DG1|1||I50.32^CHF^I10|||A", "DG1|2||J44.1^COPD^I10|||A"]
    stack.send([adt("A04", "E", BERT, "V1", "r1", "20260401120000"), adt("A01", "I", BERT, "V2", "r2", "20260601120000", codes)])
    stack.drain()
    wait_for("the admission", lambda: seen(stack, BERT).get("lace_provisional"))
    before = stack.kill("risk")
    check(before, "no process of risk")
    stack.send([adt("A03", "I", BERT, "V2", "r3", "20260606120000", codes)], "discharge.hl7")
    wait_for("the discharge", lambda: seen(stack, BERT).get("lace_provisional") is False)
    risk = seen(stack, BERT)
    # L 5 days 4, C 2 and 2 make 5, E 1; nobody said how urgent it was.
    check((risk["lace"], risk["admissions_12_months"], risk["er_12_months"]) == (10, 1, 1), "the view says %s" % risk)


def the_view_comes_back(stack):
    stack.redis("FLUSHALL")
    load(stack, "assessments", {"member_id": ANNA["member_id"], "assessment_id": "A1", "kind": "HRA_ANNUAL", "date": 20260901,
                                "answers": [{"question": "phq2", "value": 4}, {"question": "oxygen", "value": 1}]})
    wait_for("the assessment", lambda: seen(stack, ANNA).get("reasons") == ["risk.t13"])
    check(seen(stack, BERT).get("lace") == 10, "the other member's view is %s" % seen(stack, BERT))


def risk_is_current_and_its_view_a_mirror():
    with Stack("risk") as stack:
        load(stack, "roster", ANNA, "--at", "2026-01-01")  # else risk looks at her as of today
        stack.load_roster([ANNA, BERT])
        an_override_ends_by_timer(stack)
        a_stay_reaches_the_view(stack)
        the_view_comes_back(stack)
        stack.drain()
        stack.verify("risk")


if __name__ == "__main__":
    main(risk_is_current_and_its_view_a_mirror)
