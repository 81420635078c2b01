#!/usr/bin/python3
"""Confluent's wire format: confluent-kafka's own serializers write what our daemons read, and its deserializer reads what they write.

With a registry stand-in (registry_standin.py) that is away, silent or ignorant when told to. Partitions are those of confluent-kafka's
murmur2_random.
"""
import json
import os
import random
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import ROOT, Stack, adt, check, main, member, same, wait_for  # noqa: E402
from registry_standin import Registry  # noqa: E402
from subscriber import in_venv, read_all  # noqa: E402

ANNA, BERT, CARO = member(1), member(2), member(3)


def member_schema(*extra):
    """The plan's own writer: our record with its fields in another order, and one that we do not have."""
    with open(os.path.join(ROOT, "schemas", "member.avsc"), encoding="utf-8") as text:
        schema = json.load(text)
    schema["fields"] = [{"name": "crm_id", "type": "long"}] + schema["fields"][::-1] + list(extra)
    return schema


class Plan:
    """The plan's system: writes members by confluent-kafka."""

    def __init__(self, stack, registry, schema):
        from confluent_kafka import Producer
        from confluent_kafka.schema_registry import SchemaRegistryClient
        from confluent_kafka.schema_registry.avro import AvroSerializer
        import fastavro
        self.schema, self.producer = schema, Producer({"bootstrap.servers": stack.info()["kafka"], "partitioner": "murmur2_random"})
        self.serializer = AvroSerializer(SchemaRegistryClient({"url": registry.url}), json.dumps(schema))
        self.fastavro = fastavro

    def full(self, row):
        """With a value for every field: the serializer wants them all."""
        row, out = dict(row, crm_id=7, note10="x", note11="y"), {}
        for field in self.schema["fields"]:
            out[field["name"]] = row[field["name"]] if field["name"] in row and not isinstance(row[field["name"]], list) else field.get("default")
        for name, inner in (("coverage", row["coverage"]), ("pcp", row["pcp"])):
            items = next(f for f in self.schema["fields"] if f["name"] == name)["type"]["items"]
            out[name] = [dict({f["name"]: f.get("default") for f in items["fields"]}, **one) for one in inner]
        return out

    def write(self, *rows):
        from confluent_kafka.serialization import MessageField, SerializationContext
        for row in rows:
            value = self.serializer(self.full(row), SerializationContext("ho.members", MessageField.VALUE))
            check(value[0] == 0, "the serializer writes another form")
            self.producer.produce("ho.members", value, row["member_id"].encode())
        check(self.producer.flush(30) == 0, "members were not stored")


def alerts(stack, registry):
    """What confluent-kafka's deserializer reads of alerts.pcp."""
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.schema_registry.avro import AvroDeserializer
    from confluent_kafka.serialization import MessageField, SerializationContext
    read = AvroDeserializer(SchemaRegistryClient({"url": registry.url}))
    found = []
    for record in read_all(stack.info()["kafka"], "ho.alerts.pcp"):
        check(record.value()[0] == 0, "an alert in another form: %r" % record.value()[:5])
        value = read(record.value(), SerializationContext("ho.alerts.pcp", MessageField.VALUE))
        found.append((value["why"]["event_kind"], value["member"]["member_id"], value["encounter"]["visit"], value["identity"]["revision"],
                      value["member"]["family"]))
    return found


def put(stack, topic, key, value, **more):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": stack.info()["kafka"], "partitioner": more.pop("partitioner", "murmur2_random")})
    producer.produce(topic, value, key, **more)
    check(producer.flush(30) == 0, "it was not stored")


def told(who, visit, kind="ADMITTED", revision=1):
    return (kind, who["member_id"], visit, revision, who["family"])


def both_sides_are_confluents(stack, registry):
    plan = Plan(stack, registry, member_schema())
    stack.ho("providers", "load", write(stack, "p.csv", "provider_id,npi,family,given\nP1,1000000004,Tester,Petra\n"))
    plan.write(ANNA, BERT)
    stack.drain()
    stack.send([adt("A01", "I", ANNA, "V1", "c1"), adt("A03", "I", ANNA, "V1", "c2", "20261105120000")])
    stack.drain()
    same(alerts(stack, registry), [told(ANNA, "V1"), told(ANNA, "V1", "DISCHARGED")], "alerts")
    same(stack.alerts(), [row[:4] for row in alerts(stack, registry)], "what ho tail shows")
    for topic in ("adt.matched", "care.events", "alerts.pcp"):
        for record in read_all(stack.info()["kafka"], "ho." + topic):
            number = struct.unpack(">bI", record.value()[:5])
            check(number[0] == 0 and number[1] in registry.subjects["ho.%s-value" % topic], "%s: %s" % (topic, number))
    for topic in ("identity.changelog", "encounters.changelog", "notify.changelog"):
        forms = {record.value()[:2] for record in read_all(stack.info()["kafka"], "ho." + topic) if record.value()}
        check(forms == {b"\xc3\x01"}, "%s holds %s" % (topic, forms))
    asked = [path for method, path in registry.calls if method == "GET" and path.startswith("/schemas/ids/")]
    check(len(asked) < 40, "%d questions for so few schemas" % len(asked))  # six readers, each id once a process
    return plan


def write(stack, name, text):
    path = os.path.join(stack.dir, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def the_registry_goes_away(stack, registry):
    """Ids that are known go on working; a new one waits, says so, and is read when the registry is back."""
    registry.mode = "error"
    stack.send([adt("A01", "I", BERT, "V2", "c3")], "away.hl7")
    stack.drain()
    registry.mode = "up"
    before = [told(ANNA, "V1"), told(ANNA, "V1", "DISCHARGED"), told(BERT, "V2")]
    same(alerts(stack, registry), before, "alerts with the registry away")

    for number, mode, words in ((10, "error", "the registry answers 503: no leader"), (11, "silent", "the registry does not answer: ")):
        plan = Plan(stack, registry, member_schema({"name": "note%d" % number, "type": "string"}))
        plan.serializer(plan.full(member(number)), context())  # registers, while it can
        registry.mode = mode
        plan.write(member(number))
        for daemon in ("identity", "notify"):
            reason = wait_for(daemon + " to say why it waits", lambda d=daemon: not_ready(stack, d), 30)
            check(words in reason and "members" in reason, "%s says: %s" % (daemon, reason))
        check(stack.http("notify", "/healthz")[0] == 200, "it waits, and is called dead")
        registry.mode = "up"
        for daemon in ("identity", "notify"):
            wait_for(daemon + " to go on", lambda d=daemon: stack.ready(d), 60)
    stack.drain()
    stack.send([adt("A01", "I", member(10), "V10", "c4"), adt("A01", "I", member(11), "V11", "c5")], "back.hl7")
    stack.drain()
    same(alerts(stack, registry), before + [told(member(10), "V10"), told(member(11), "V11")], "alerts with the registry back")


def context():
    from confluent_kafka.serialization import MessageField, SerializationContext
    return SerializationContext("ho.members", MessageField.VALUE)


def not_ready(stack, daemon):
    answer = stack.http(daemon, "/readyz")
    return answer[1] if answer and answer[0] != 200 else None


def started_without_a_registry_they_wait(stack, registry):
    registry.mode = "error"
    before = stack.kill("notify")
    reason = wait_for("notify to wait", lambda: stack.pids("notify") != before and not_ready(stack, "notify"), 60)
    wait_for("the reason", lambda: "ho.alerts.pcp-value: the registry answers 503: no leader" in (not_ready(stack, "notify") or ""), 30)
    check(reason, "no reason")
    registry.mode = "up"
    wait_for("notify", lambda: stack.ready("notify"), 60)


def what_cannot_be_read_goes_to_the_dead_letters(stack, registry):
    """Neither form: at once. A schema that never comes: after a minute, named. A body that does not fit its schema: at once."""
    put(stack, "ho.care.events", b"M000001", b"\x07neither")
    put(stack, "ho.care.events", b"M000001", struct.pack(">bI", 0, registry.subjects["ho.care.events-value"][0]) + b"\x02")
    put(stack, "ho.care.events", b"M000001", b"\x00\x00")
    wait_for("three dead letters", lambda: len(stack.tail("dlq.notify")) == 3, 30)
    put(stack, "ho.care.events", b"M000001", struct.pack(">bI", 0, 9999) + b"body")
    reason = wait_for("notify to wait", lambda: not_ready(stack, "notify"), 30)
    check("care.events: the registry knows no schema 9999" in reason, reason)
    # Stopped meanwhile: its minute is not over, so the next start waits on.
    stack.stop_daemon("notify")
    check(len(stack.tail("dlq.notify")) == 3, "it was given up when notify was stopped")
    stack.stack("up")  # which waits until it is ready: until the minute is over
    wait_for("the dead letter", lambda: len(stack.tail("dlq.notify")) == 4, 100)
    reasons = [row["headers"]["__connect.errors.exception.class.name"] for row in stack.tail("dlq.notify")]
    check(sorted(reasons) == ["processor.unknown_schema"] + 3 * ["processor.unreadable"], "%s" % reasons)
    put(stack, "ho.care.events", b"M000001", struct.pack(">bI", 0, 9999) + b"body")  # given up: it waits no more
    wait_for("the next one", lambda: len(stack.tail("dlq.notify")) == 5, 20)


def the_newer_form_and_single_object_encoding_are_read_too(stack, registry):
    """The id in a header, and what a writer without a registry writes: both on one topic."""
    plan = Plan(stack, registry, member_schema())
    framed = plan.serializer(plan.full(CARO), context())
    put(stack, "ho.members", CARO["member_id"].encode(), framed[5:], headers=[("__value_schema_id", framed[:5])])
    stack.ho("roster", "load", write(stack, "m.ndjson", json.dumps(member(4)) + "\n"))
    stack.drain()
    before = alerts(stack, registry)
    stack.send([adt("A01", "I", CARO, "V3", "c6"), adt("A01", "I", member(4), "V4", "c7")], "forms.hl7")
    stack.drain()
    same(alerts(stack, registry), before + [told(CARO, "V3"), told(member(4), "V4")], "alerts of both forms")


def what_was_made_is_right(stack, _):
    stack.verify()


def partitions_are_murmur2(stack, registry):
    """Keys of any bytes, put where confluent-kafka's murmur2_random puts them, are found in the right partition; others are not."""
    seed = int(os.environ.get("HO_SEED", random.randrange(1 << 32)))
    print("  seed %d" % seed)
    rng, dead = random.Random(seed), len(stack.tail("dlq.notify"))
    plan = Plan(stack, registry, member_schema())
    value = plan.serializer(plan.full(ANNA), context())
    keys = [bytes(rng.randrange(256) for _ in range(rng.randrange(1, 40))) for _ in range(300)]
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": stack.info()["kafka"], "partitioner": "murmur2_random"})
    for key in keys:
        producer.produce("ho.members", value, key)
    check(producer.flush(30) == 0, "they were not stored")
    stack.drain()
    check(len(stack.tail("dlq.notify")) == dead, "our murmur2 is not theirs")
    for number in range(20):
        put(stack, "ho.members", b"M7%05d" % number, value, partitioner="consistent_random")
    wait_for("a dead letter of another partitioner", lambda: len(stack.tail("dlq.notify")) > dead, 30)


def a_stack_of_its_own():
    registry = Registry(int(os.environ.get("HO_BASE_PORT", "21000")) + 35)
    os.environ["HO_REGISTRY_URL"] = registry.url
    try:
        with Stack("registry") as stack:
            for step in (both_sides_are_confluents, the_registry_goes_away, started_without_a_registry_they_wait,
                         the_newer_form_and_single_object_encoding_are_read_too, what_cannot_be_read_goes_to_the_dead_letters,
                         what_was_made_is_right, partitions_are_murmur2):
                step(stack, registry)
                print("  %s" % step.__name__, flush=True)
    finally:
        del os.environ["HO_REGISTRY_URL"]
        registry.close()


if __name__ == "__main__":
    in_venv(__file__)
    main(a_stack_of_its_own)
