#!/usr/bin/python3
"""Who a message is about, on a real broker and a real Redis: late rows, kills, links, merges; each told exactly once."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import ROOT, Stack, adt, check, main, member, same, wait_for  # noqa: E402

ANNA, BERT, CLEO = member(1), member(2), member(3)


def message(event, control, pid, visit, more=()):
    """One message of class I with PID fields from PID-3 on."""
    lines = [r"MSH|^~\&|EHR|GENERAL|PLAN|HANDOFF|20261101120000||ADT^%s|%s|P|2.5.1" % (event, control),
             "EVN|%s|20261101120000" % event, "PID|1||" + pid,
             "PV1|1|I|4N^1^1||||^DOCTOR^DANA||||||||||||%s" % visit]
    return "\r".join(lines + list(more)) + "\r"


def named(number, who):
    """PID-3 to PID-8 with the hospital's own number alone."""
    return "%s^^^GENERAL^MR||%s^%s||%d|%s" % (number, who["family"], who["given"], who["birth_date"], who["sex"])


def matched(stack):
    """(member, control id, rule) of every message that found its member; moves apart."""
    return [(r["value"]["member_id"], r["value"]["control_id"], r["value"]["match_rule"])
            for r in stack.tail("adt.matched") if not r["value"]["move"]]


def moves(stack):
    return [(r["value"]["move"]["from"], r["value"]["move"]["to"], r["value"]["move"]["patient"])
            for r in stack.tail("adt.matched") if r["value"]["move"]]


def unmatched(stack):
    return [(r["value"]["control_id"], r["value"]["reason"], r["value"]["state"]) for r in stack.tail("adt.unmatched")]


def kill_and_return(stack):
    before = stack.kill("identity")
    check(before, "no process of identity")
    wait_for("identity again", lambda: stack.ready("identity") and stack.pids("identity") != before)


def a_message_before_its_member_is_told_once_after_the_row_comes():
    with Stack("late") as stack:
        stack.load_roster([ANNA])
        stack.send([adt("A01", "I", BERT, "V1", "b1"), adt("A03", "I", BERT, "V1", "b2", "20261103120000"),
                    adt("A01", "I", ANNA, "V2", "a1")])
        stack.drain()
        same(unmatched(stack), [("b1", "identity.9", "PARKED"), ("b2", "identity.9", "PARKED")], "parked")
        # Killed while it waits: the park comes back from the changelog, also when Redis lost it.
        kill_and_return(stack)
        stack.redis("FLUSHALL")
        kill_and_return(stack)
        check(len(matched(stack)) == 1, "matched without a row: %s" % matched(stack))
        stack.load_roster([ANNA, BERT])
        wait_for("both messages to leave the park", lambda: len(matched(stack)) >= 3)
        stack.drain()
        expected = [("M000001", "a1", "identity.5"), ("M000002", "b1", "identity.5"), ("M000002", "b2", "identity.5")]
        same(matched(stack), expected, "after the row")
        # A restart wakes everybody who waits; the same bytes come again; the row comes again: nothing is told twice.
        kill_and_return(stack)
        stack.send([adt("A01", "I", BERT, "V1", "b1")], "again.hl7")
        stack.load_roster([ANNA, dict(BERT, phone="3145550102")])
        stack.drain()
        same(matched(stack), expected, "after a restart and a resend")
        same([kind for kind, who, _, _ in stack.alerts() if who == "M000002"], ["ADMITTED", "DISCHARGED"], "alerts")


def the_row_comes_while_identity_is_down():
    with Stack("down") as stack:
        stack.load_roster([ANNA])
        stack.send([adt("A01", "I", BERT, "V1", "b1")])
        stack.drain()
        before = stack.kill("identity")
        stack.load_roster([ANNA, BERT])
        wait_for("identity again", lambda: stack.ready("identity") and stack.pids("identity") != before)
        wait_for("the message to leave the park", lambda: matched(stack))
        stack.drain()
        same(matched(stack), [("M000002", "b1", "identity.5")], "matched")


def a_number_is_learned_and_a_merge_takes_it_along():
    with Stack("links") as stack:
        stack.load_roster([ANNA, CLEO])
        anna = "N7^^^GENERAL^MR~" + named("M000001", ANNA).replace("GENERAL^MR", "PLAN^MB")
        cleo = "N8^^^GENERAL^MR~" + named("M000003", CLEO).replace("GENERAL^MR", "PLAN^MB")
        stack.send([message("A01", "1", anna, "V7"), message("A03", "2", named("N7", ANNA), "V7"),
                    message("A01", "3", cleo, "V8")])
        stack.drain()
        expected = [("M000001", "1", "identity.5"), ("M000001", "2", "identity.11"), ("M000003", "3", "identity.5")]
        same(matched(stack), expected, "by id and by link")
        # 7 was the wrong number: it is merged into 8. Late messages of 7 follow, also after a kill; the swap is refused.
        stack.send([message("A40", "4", cleo, "V8", ["MRG|N7^^^GENERAL^MR"])], "merge.hl7")
        stack.drain()
        kill_and_return(stack)
        stack.send([message("A08", "5", named("N7", ANNA), "V7"), message("A40", "6", anna, "V7", ["MRG|N8^^^GENERAL^MR"]),
                    message("A40", "7", cleo, "V8", ["MRG|N7^^^GENERAL^MR"])], "late.hl7")
        stack.drain()
        expected += [("M000003", "4", "identity.5"), ("M000003", "5", "identity.18"), ("M000003", "7", "identity.5")]
        same(matched(stack), expected, "after the merge")
        same(moves(stack), [("M000001", "M000003", "N7")], "moves")
        same(unmatched(stack), [("6", "identity.19", "REFUSED")], "refused")


def ho_match_explains_and_writes_nothing():
    with Stack("match") as stack:
        stack.load_roster([ANNA])
        anna = "N7^^^GENERAL^MR~" + named("M000001", ANNA).replace("GENERAL^MR", "PLAN^MB")
        stack.send([message("A01", "1", anna, "V7")])
        stack.drain()
        before = len(stack.tail("adt.matched")) + len(stack.tail("adt.unmatched"))
        path = os.path.join(stack.dir, "asked.hl7")
        with open(path, "w") as out:
            out.write("\n\n".join(m.replace("\r", "\n") for m in (
                message("A01", "1", anna, "V7"), message("A03", "2", named("N7", ANNA), "V7"),
                message("A03", "3", named("N9", BERT), "V9"), message("A40", "4", anna, "V7", ["MRG|N7"]))))
        said = [json.loads(line) for line in stack.ho("match", path, "--json").splitlines()]
        same([(r["member_id"], r["rule"]) for r in said],
             [("M000001", "identity.5"), ("M000001", "identity.11"), (None, "identity.9"), (None, "identity.19")], "said")
        text = stack.ho("match", path)
        check("GIVEN" not in text and "FAMILY" not in text, "names without --phi: %s" % text)
        check("GIVEN1" in stack.ho("match", path, "--phi"), "no names with --phi")
        sent = stack.tail("adt.matched")[0]["value"]["message_id"]
        check("member M000001 by identity.5" in stack.ho("match", "--message-id", sent), "by its id")
        stack.ho("match", "--message-id", "msg_none", ok=(2,))
        stack.ho("match", ok=(64,))
        check(len(stack.tail("adt.matched")) + len(stack.tail("adt.unmatched")) == before, "ho match wrote something")


def a_policy_that_would_match_by_name_and_date_is_refused():
    with open(os.path.join(ROOT, "deploy", "policy", "identity", "2026-01-01.json")) as text:
        policy = json.load(text)
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "identity"))
        for change, words in (({"threshold": 80}, "threshold"), ({"margin": "x"}, "margin"), ({"treshold": 1}, "treshold")):
            with open(os.path.join(folder, "identity", "2026-01-01.json"), "w") as out:
                json.dump(dict(policy, **change), out)
            done = subprocess.run([os.path.join(ROOT, ".build", "release", "services", "ho-identity"), "--kafka.bootstrap=127.0.0.1:1",
                                   "--redis.address=127.0.0.1:1", "--policy.dir=" + folder], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=30)
            check(done.returncode == 64 and words in done.stdout, "%s: %d %s" % (change, done.returncode, done.stdout))


if __name__ == "__main__":
    main(a_message_before_its_member_is_told_once_after_the_row_comes, the_row_comes_while_identity_is_down,
         a_number_is_learned_and_a_merge_takes_it_along, ho_match_explains_and_writes_nothing,
         a_policy_that_would_match_by_name_and_date_is_refused)
