#!/usr/bin/python3
"""A subscriber that knows nothing of us but the Avro specification: confluent-kafka and fastavro read every topic.

Schemas come from the topic `schemas`; fingerprints are computed anew by fastavro; values must equal what `ho tail` shows.
"""
import io
import json
import os
import subprocess
import sys

VENV = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "handoff", "venv-2")
PACKAGES = ["fastavro==1.13.1", "confluent-kafka[avro,schemaregistry]==2.16.1", "pyyaml==6.0.3"]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import Stack, adt, check, main, member  # noqa: E402


def in_venv(script):
    """Runs the script again inside a venv that has the packages of PACKAGES."""
    python = os.path.join(VENV, "bin", "python")
    if sys.executable == python:
        return
    if subprocess.run([python, "-c", "import fastavro, confluent_kafka.schema_registry.avro, yaml"], stderr=subprocess.DEVNULL).returncode if os.path.exists(python) else True:
        subprocess.run(["/usr/bin/python3", "-m", "venv", VENV], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", *PACKAGES], check=True)
    os.execv(python, [python, os.path.abspath(script)])


def read_all(broker, topic):
    from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "interop", "isolation.level": "read_committed",
                         "enable.partition.eof": True, "enable.auto.commit": False})
    parts = list(consumer.list_topics(topic, 10).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in parts])
    records, open_parts = [], set(parts)
    while open_parts:
        message = consumer.poll(30)
        check(message is not None, "%s cannot be read" % topic)
        if message.error():
            check(message.error().code() == KafkaError._PARTITION_EOF, str(message.error()))
            open_parts.discard(message.partition())
        else:
            records.append(message)
    consumer.close()
    return records


def fastavro_reads_what_we_write():
    import fastavro
    from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form
    with Stack("interop") as stack:
        who = member(1)
        stack.load_roster([who])
        stack.send([adt("A01", "I", who, "V1", "c1", extra=["DG1|1||I50.32^Heart failure^I10||20261101|A"]),
                    adt("A03", "I", who, "V1", "c2", "20261105120000"), adt("A04", "E", member(5), "V2", "c3")])
        stack.drain()
        broker, schemas = stack.info()["kafka"], {}
        for record in read_all(broker, "ho.schemas"):
            key = record.key().decode()
            if not key.startswith("topic:"):
                schema = json.loads(record.value())
                theirs = bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))
                check(theirs[::-1].hex() == key, "%s: fingerprint %s, not %s" % (schema["name"], theirs[::-1].hex(), key))
                schemas[theirs] = parse_schema(schema)
        check(len(schemas) >= 10, "only %d schemas" % len(schemas))
        for topic in ("members", "providers", "adt.matched", "adt.unmatched", "care.events", "alerts.pcp", "notify.changelog"):
            records = read_all(broker, "ho." + topic)
            check(records, "%s is empty" % topic)
            shown = {(r["partition"], r["offset"]): r["value"] for r in stack.tail(topic)}
            for record in records:
                value = record.value()
                check(value[:2] == b"\xc3\x01", "%s: no single-object encoding" % topic)
                read = fastavro.schemaless_reader(io.BytesIO(value[10:]), schemas[value[2:10]])
                text = json.dumps(read, default=lambda b: b.decode("latin-1"))
                check(topic == "notify.changelog" or json.loads(text) == shown[record.partition(), record.offset()],
                      "%s at %d differs" % (topic, record.offset()))


if __name__ == "__main__":
    in_venv(__file__)
    main(fastavro_reads_what_we_write)
