#!/usr/bin/python3
"""The subscriber that README.md shows, taken from there and run against a real stack.

Resends, a correction, a cancel, a record that comes twice, and the subscriber killed in the middle: its file ends with the last revision of
every alert, each told once.
"""
import collections
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import ROOT, Stack, adt, check, main, member, same, wait_for  # noqa: E402
from subscriber import in_venv, read_all  # noqa: E402

ANNA, BERT = member(1), member(2)


class Subscriber:
    """The program of README.md, with its own file and group."""

    def __init__(self, stack):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as text:
            blocks = [b for b in re.findall(r"^```python\n(.*?)^```$", text.read(), re.M | re.S) if "my-service" in b]
        check(len(blocks) == 1, "README.md has %d subscribers" % len(blocks))
        self.script, self.file = os.path.join(stack.dir, "subscriber.py"), os.path.join(stack.dir, "alerts.db")
        self.output, self.broker, self.process = os.path.join(stack.dir, "subscriber.out"), stack.info()["kafka"], None
        with open(self.script, "w", encoding="utf-8") as out:
            out.write(blocks[0])

    def start(self):
        with open(self.output, "a") as out:
            self.process = subprocess.Popen([sys.executable, self.script, self.broker, "ho", self.file], stdout=out, stderr=out)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def lines(self):
        with open(self.output) as text:
            return [line.split() for line in text if line.endswith("\n")]

    def rows(self):
        if not os.path.exists(self.file):
            return []
        db = sqlite3.connect(self.file)
        try:
            return [(rowid, revision, kind, json.loads(alert)) for rowid, revision, kind, alert in
                    db.execute("SELECT id, revision, kind, alert FROM alerts")]
        except sqlite3.OperationalError:
            return []  # it has not made its table yet
        finally:
            db.close()

    def said(self):
        """Ids and revisions that were new to it, each as often as it said so."""
        return collections.Counter((line[2], line[3]) for line in self.lines() if line[0] == "new")

    def wait(self, expected):
        """Until its file holds these, exactly these, and it has said so."""
        def found():
            check(self.process.poll() is None, "the subscriber ended: %s" % " ".join(sum(self.lines()[-8:], [])))
            rows = [(a["why"]["event_kind"], a["member"]["member_id"], a["encounter"]["visit"], kind, revision)
                    for _, revision, kind, a in self.rows()]
            return rows if collections.Counter(rows) == collections.Counter(expected) else None
        try:
            wait_for("the subscriber's rows", found, 60)
            wait_for("it to say so", lambda: all((i, str(revision)) in self.said() for i, revision, _, _ in self.rows()))
        finally:
            same([(a["why"]["event_kind"], a["member"]["member_id"], a["encounter"]["visit"], kind, revision)
                  for _, revision, kind, a in self.rows()], expected, "the subscriber's file")


def send_twice(stack, subscriber, record):
    """The same alert once more on the topic, as a rewind or a re-driven record would bring it."""
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": subscriber.broker, "enable.idempotence": True})
    producer.produce(record.topic(), record.value(), record.key(), partition=record.partition(), headers=record.headers(),
                     timestamp=record.timestamp()[1])
    check(producer.flush(30) == 0, "the copy was not stored")


def the_subscriber_of_readme_ends_with_the_right_set():
    with Stack("readme") as stack:
        subscriber = Subscriber(stack)
        stack.load_roster([ANNA, BERT])
        subscriber.start()
        try:
            follow(stack, subscriber)
        finally:
            subscriber.kill()


def follow(stack, subscriber):
    first = [adt("A01", "I", ANNA, "V1", "c1"), adt("A01", "I", BERT, "V2", "c2", "20261102080000")]
    stack.send(first)
    told = {"anna": ("ADMITTED", "M000001", "V1", "ALERT", 1), "bert": ("ADMITTED", "M000002", "V2", "ALERT", 1)}
    subscriber.wait(told.values())

    # The same bytes again, and the same fact under another control id: nothing new. Then a correction.
    stack.send(first, "again.hl7")
    stack.send([adt("A01", "I", ANNA, "V1", "c3")], "other.hl7")
    stack.send([adt("A01", "I", ANNA, "V1", "c4", "20261101150000")], "corrected.hl7")
    told["anna"] = ("ADMITTED", "M000001", "V1", "CORRECTION", 2)
    subscriber.wait(told.values())

    # Killed; meanwhile one stay is cancelled and another one ends; then it goes on where it was.
    subscriber.kill()
    stack.send([adt("A11", "I", BERT, "V2", "c5", "20261102090000"), adt("A03", "I", ANNA, "V1", "c6", "20261104100000")], "later.hl7")
    stack.drain()
    subscriber.start()
    told["bert"] = ("ADMITTED", "M000002", "V2", "RETRACTION", 2)
    told["end"] = ("DISCHARGED", "M000001", "V1", "ALERT", 1)
    subscriber.wait(told.values())

    # An old revision comes again, behind the newer one, and the newest of another alert a second time.
    records = read_all(subscriber.broker, "ho.alerts.pcp")
    check(len(records) == 5, "%d alerts on the topic, not 5" % len(records))
    latest = max(records, key=lambda r: r.timestamp()[1])
    for record in (records[0], latest):
        send_twice(stack, subscriber, record)
    stack.send([adt("A04", "E", ANNA, "V3", "c7", "20261120100000"), adt("A04", "E", BERT, "V4", "c8", "20261120110000")], "last.hl7")
    told["er"] = ("ER_ARRIVED", "M000001", "V3", "ALERT", 1)
    told["er2"] = ("ER_ARRIVED", "M000002", "V4", "ALERT", 1)
    subscriber.wait(told.values())
    wait_for("everything to be read", lambda: len(subscriber.lines()) >= 9, 30)  # 7 revisions and 2 copies
    times = subscriber.said()
    check(len(times) == 7 and set(times.values()) == {1}, "what was new, and how often: %s" % times)


def json_alerts_say_the_same():
    """The operator turns JSON on while a subscriber runs: the topic holds both forms, and nothing else changes."""
    from asyncapi import accepts, document, resolve
    with Stack("json") as stack:
        subscriber = Subscriber(stack)
        stack.load_roster([ANNA, dict(BERT, given="Łukasz \"B\"")])  # matched by plan id and birth date
        stack.send([adt("A01", "I", ANNA, "V1", "c1")])
        stack.drain()
        stack.stop_daemon("notify")
        os.environ["HO_OUTPUT_JSON"] = "alerts.pcp"
        try:
            stack.stack("up")
        finally:
            del os.environ["HO_OUTPUT_JSON"]
        subscriber.start()
        try:
            stack.send([adt("A01", "I", ANNA, "V1", "c2", "20261101150000"),
                        adt("A01", "I", BERT, "V2", "c3")])
            stack.drain()
            subscriber.wait([("ADMITTED", "M000001", "V1", "CORRECTION", 2), ("ADMITTED", "M000002", "V2", "ALERT", 1)])
        finally:
            subscriber.kill()
        stack.verify("notify")
        records = read_all(subscriber.broker, "ho.alerts.pcp")
        types = collections.Counter(dict(r.headers())["content-type"] for r in records)
        check(types == {b"application/avro": 1, b"application/json": 2}, "%s" % types)
        shown = {(r["partition"], r["offset"]): r["value"] for r in stack.tail("alerts.pcp")}
        root = document()
        for record in records:
            if dict(record.headers())["content-type"] == b"application/json":
                value = json.loads(record.value())
                check(b"\n" not in record.value() and value == shown[record.partition(), record.offset()], "ho tail shows another value")
                wrong = accepts(resolve(root, "#/components/schemas/Alert"), value)
                check(wrong is None, "asyncapi.yaml says otherwise at %s" % wrong)
        check({v["member"]["given"] for v in shown.values()} == {"GIVEN1", "Łukasz \"B\""}, "names in %s" % shown)
        out = stack.ho("tail", "alerts.pcp", "--from-start", "--until-end", "--json")
        check("FAMILY1" not in out, "ho tail without --phi shows JSON values")
    daemon = os.path.join(ROOT, ".build", "release", "services", "ho-notify")
    for wrong in ("care.events", "alerts.pcb"):
        done = subprocess.run([daemon, "--kafka.bootstrap=127.0.0.1:1", "--redis.address=127.0.0.1:1", "--output.json=alerts.pcp, " + wrong],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
        check(done.returncode == 64 and "output.json: %s is no topic alerts.*" % wrong in done.stdout, done.stdout)


if __name__ == "__main__":
    in_venv(__file__)
    main(the_subscriber_of_readme_ends_with_the_right_set, json_alerts_say_the_same)
