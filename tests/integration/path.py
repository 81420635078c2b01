#!/usr/bin/python3
"""From a hospital's socket to a PCP's alert, on a real broker and a real Redis; and what survives which loss."""
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import HO, ROOT, Stack, adt, check, freeze, main, member, same, wait_for  # noqa: E402

ANNA, BERT = member(1), member(2)


def stay(who, visit):
    return [adt("A01", "I", who, visit, visit + "-1", "20261101120000"),
            adt("A03", "I", who, visit, visit + "-2", "20261104090000")]


def told(who, visit, *kinds):
    return [(kind, who["member_id"], visit, 1) for kind in kinds]


def a_message_becomes_one_alert():
    with Stack("path") as stack:
        stack.load_roster([ANNA, BERT])
        stack.send(stay(ANNA, "V1") + [adt("A04", "E", BERT, "V2", "V2-1")])
        stack.drain()
        expected = told(ANNA, "V1", "ADMITTED", "DISCHARGED") + told(BERT, "V2", "ER_ARRIVED")
        same(stack.alerts(), expected, "first")

        # The same bytes again, and the same facts under other control ids: no second alert.
        stack.send(stay(ANNA, "V1"), "again.hl7")
        stack.send([adt("A01", "I", ANNA, "V1", "other", "20261101120000")], "other.hl7")
        stack.drain()
        same(stack.alerts(), expected, "after resends")

        # Redis loses everything: the daemons claim again and restore from the changelog; nothing is told twice.
        stack.redis("FLUSHALL")
        stack.send([adt("A01", "I", BERT, "V3", "V3-1")], "third.hl7")
        stack.drain()
        expected += told(BERT, "V3", "ADMITTED")
        same(stack.alerts(), expected, "after a loss of Redis")
        stack.send(stay(ANNA, "V1"), "fourth.hl7")
        stack.send([adt("A01", "I", ANNA, "V1", "yet-another", "20261101120000")], "fifth.hl7")
        stack.drain()
        same(stack.alerts(), expected, "resends after a loss of Redis")

        # Every daemon is killed and comes back by itself.
        for daemon in ("identity", "encounters", "notify"):
            before = stack.kill(daemon)
            check(before, "no process of %s" % daemon)
            wait_for(daemon + " again", lambda: stack.ready(daemon) and stack.pids(daemon) != before)
        stack.send([adt("A03", "I", BERT, "V3", "V3-2", "20261102120000")], "sixth.hl7")
        stack.drain()
        same(stack.alerts(), expected + told(BERT, "V3", "DISCHARGED"), "after kills")


def bad_input_is_parked_and_stops_nothing():
    with Stack("bad") as stack:
        stack.load_roster([ANNA])
        stranger = dict(member(999))
        stack.send([adt("A01", "I", stranger, "X1", "x1"), "MSH|^~\\&|EHR\rNOT HL7\r", adt("A01", "I", ANNA, "V1", "v1")],
                   any_ack=True)
        stack.drain()
        same(stack.alerts(), told(ANNA, "V1", "ADMITTED"), "alerts")
        unmatched = stack.tail("adt.unmatched")
        check(len(unmatched) == 1 and "GIVEN999" not in str(unmatched), "adt.unmatched holds %s" % unmatched)

        # A record that no schema of ours wrote, put there by hand, goes to the dead letters with its place.
        broker = stack.info()["kafka"]
        subprocess.run(["kcat", "-b", broker, "-t", "ho.care.events", "-P", "-k", "M000001", "-X",
                        "topic.partitioner=murmur2_random"], input=b"junk", check=True, timeout=60)
        stack.send([adt("A03", "I", ANNA, "V1", "v2", "20261103080000")], "after.hl7")
        stack.drain()
        same(stack.alerts(), told(ANNA, "V1", "ADMITTED", "DISCHARGED"), "alerts after junk")
        dead = stack.tail("dlq.notify")
        check(len(dead) == 1 and dead[0]["headers"]["__connect.errors.topic"] == "ho.care.events",
              "dlq.notify holds %s" % dead)


def a_wrong_configuration_refuses_and_says_why():
    daemon = os.path.join(ROOT, ".build", "release", "services", "ho-encounters")
    for argument, words in (("--kafka.bootstrp=x", "bootstrp"), ("--redis.timeout_ms=many", "timeout_ms"),
                            ("--redis.timeout_ms=1", "timeout_ms")):
        done = subprocess.run([daemon, "--kafka.bootstrap=127.0.0.1:1", "--redis.address=127.0.0.1:1", argument],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
        check(done.returncode == 64 and words in done.stdout, "%s: %d %s" % (argument, done.returncode, done.stdout))


    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write("[kafka]\nbootstrap = 127.0.0.1:1\n[redis]\naddress = 127.0.0.1:1\n[kafka.prodcuer]\nlinger.ms = 5\n")
        file.flush()
        done = subprocess.run([daemon, "--config", file.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
    check(done.returncode == 64 and ":6: there is no section [kafka.prodcuer]" in done.stdout, "%d %s" % (done.returncode, done.stdout))


def redis_away_holds_up_and_loses_nothing():
    with Stack("away") as stack:
        stack.load_roster([ANNA])
        stack.redis("CLIENT", "PAUSE", "8000", "ALL")
        stack.send([adt("A01", "I", ANNA, "V1", "v1")])
        stack.drain()
        same(stack.alerts(), told(ANNA, "V1", "ADMITTED"), "alerts")


def kafka_away_gets_no_positive_answer():
    os.environ["HO_MLLP_STORE_MS"] = "1500"
    try:
        with Stack("honest") as stack:
            stack.load_roster([ANNA])
            with open(os.path.join(stack.dir, "run", "kafka-1.pid")) as text:
                broker = int(text.read())
            freeze(broker)
            try:
                answer = stack.send([adt("A01", "I", ANNA, "V1", "v1")], any_ack=True)
            finally:
                os.kill(broker, signal.SIGCONT)
            check("  AR  " in answer, "the broker was stopped, and the answer was %s" % answer)
            # The sender sends again, as AR asks: one effect, whether or not the first one arrived after all.
            wait_for("a positive answer", lambda: "  AA  " in stack.send([adt("A01", "I", ANNA, "V1", "v1")], any_ack=True))
            stack.drain()
            same(stack.alerts(), told(ANNA, "V1", "ADMITTED"), "alerts")
    finally:
        del os.environ["HO_MLLP_STORE_MS"]


if __name__ == "__main__":
    main(kafka_away_gets_no_positive_answer, a_message_becomes_one_alert, bad_input_is_parked_and_stops_nothing,
         a_wrong_configuration_refuses_and_says_why, redis_away_holds_up_and_loses_nothing)
