#!/usr/bin/python3
"""Daemons are killed with -9 again and again while hospitals send; what came out equals what went in, exactly once.

HO_CHAOS_ROUNDS sets the number of kills (default 8).
"""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import Stack, adt, check, main, member, same, wait_for  # noqa: E402

DAEMONS = ("identity", "encounters", "notify")
MEMBERS = [member(n) for n in range(1, 41)]
ROUNDS = int(os.environ.get("HO_CHAOS_ROUNDS", "8"))


def messages(batch):
    out = []
    for who in MEMBERS:
        visit = "B%d-%s" % (batch, who["member_id"])
        out.append(adt("A01", "I", who, visit, visit + "-1", "20261101120000"))
        out.append(adt("A01", "I", who, visit, visit + "-1", "20261101120000"))  # an exact resend
        out.append(adt("A03", "I", who, visit, visit + "-2", "20261104090000"))
    return out


def expected(batches):
    return [(kind, who["member_id"], "B%d-%s" % (batch, who["member_id"]), 1) for batch in range(batches)
            for who in MEMBERS for kind in ("ADMITTED", "DISCHARGED")]


def killed_daemons_lose_and_double_nothing():
    with Stack("chaos") as stack:
        stack.load_roster(MEMBERS)
        killed = 0
        for batch in range(ROUNDS):
            sender = threading.Thread(target=stack.send, args=(messages(batch), "batch%d.hl7" % batch))
            sender.start()
            daemon = DAEMONS[batch % len(DAEMONS)]
            before = wait_for(daemon, lambda: stack.pids(daemon))
            stack.kill(daemon)
            killed += len(before)
            sender.join()
            wait_for(daemon + " again", lambda: stack.ready(daemon) and stack.pids(daemon) != before, 120)
        check(killed == ROUNDS, "killed %d times, not %d" % (killed, ROUNDS))
        stack.drain()
        same(stack.alerts(), expected(ROUNDS), "alerts")
        stack.verify()


if __name__ == "__main__":
    main(killed_daemons_lose_and_double_nothing)
