#!/usr/bin/python3
"""A second instance of a daemon joins and leaves while hospitals send: partitions move, nothing is lost or doubled."""
import os
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import ROOT, Stack, adt, check, main, member, same, wait_for  # noqa: E402

MEMBERS = [member(n) for n in range(1, 31)]


def messages(batch):
    return [adt(event, "I", who, "B%d-%s" % (batch, who["member_id"]), "B%d-%s-%s" % (batch, who["member_id"], event), when)
            for who in MEMBERS for event, when in (("A01", "20261101120000"), ("A03", "20261104090000"))]


def owned(stack, address):
    import json
    import urllib.request
    try:
        with urllib.request.urlopen("http://%s/status" % address, timeout=3) as answer:
            page = json.loads(answer.read())
    except OSError:
        return -1
    return len(page.get("applied", []))


def partitions_move_and_every_alert_is_told_once():
    # A static member that ends is waited for until its session is over; the default of 45 s is for restarts.
    with Stack("second", processors="[kafka]\nsession_timeout_ms = 8000\n") as stack:
        stack.load_roster(MEMBERS)
        address = "127.0.0.1:%d" % (stack.base + 90)
        for batch, daemon in enumerate(("encounters", "notify")):
            sender = threading.Thread(target=stack.send, args=(messages(batch), "batch%d.hl7" % batch))
            sender.start()
            config = os.path.join(stack.dir, "etc", daemon + ".ini")
            with open(os.path.join(stack.dir, "log", daemon + "-2.log"), "wb") as log:
                second = subprocess.Popen([os.path.join(ROOT, ".build/release/services/ho-" + daemon), "--config", config,
                                           "--handoff.instance=%s-2" % daemon, "--handoff.http=" + address],
                                          stdout=log, stderr=log)
            try:
                wait_for("partitions of the second " + daemon, lambda: owned(stack, address) > 0, 90)
                sender.join()
            finally:
                second.send_signal(signal.SIGTERM)
                check(second.wait(60) == 0, "the second %s did not stop cleanly" % daemon)
            first = next(d["http"] for d in stack.info()["daemons"] if d["name"] == daemon)
            wait_for("all partitions back", lambda: owned(stack, first) == 4, 120)
        stack.drain()
        same(stack.alerts(), [(kind, who["member_id"], "B%d-%s" % (batch, who["member_id"]), 1) for batch in range(2)
                              for who in MEMBERS for kind in ("ADMITTED", "DISCHARGED")], "alerts")
        stack.verify()


if __name__ == "__main__":
    main(partitions_move_and_every_alert_is_told_once)
