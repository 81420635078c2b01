#!/usr/bin/python3
"""Timers and the clock, records that nobody can read, and what holds an input up.

HO_CHAOS_ROUNDS=30 (tests/run all): also a schema that never comes, which is waited for 60 s.
"""
import json
import os
import signal
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import probe  # noqa: E402
from handoff import check, wait_for  # noqa: E402
from probe import row  # noqa: E402

LONG = int(os.environ.get("HO_CHAOS_ROUNDS", "8")) >= 30
DAY = 86400000


def a_timer_waits_for_the_backlog_that_cancels_it(ground):
    """The clock is far past the due time while the cancel lies behind thousands of records, in any of the inputs."""
    with ground.probe("backlog", seed=31) as p:
        daemon = p.started()
        key, now = "K00001", p.input.time
        p.produce([row("probe.moves", key, now, "REMIND", 900001, due=now + 5000),
                   row("probe.moves", key, now, "REMIND", 900002, due=now + 5000), p.input.clock()])
        p.drained(daemon)
        for number, topic in ((1, "probe.cancels"), (2, "probe.moves")):
            daemon.signal(signal.SIGSTOP)
            backlog = [row("probe.amounts", k, now + 1000, "AMOUNT", number * 1000000 + n, 1)
                       for n, k in enumerate(p.input.keys * 20)]
            p.input.time = now + 4999
            p.produce(backlog + [row(topic, key, now + 4998, "CANCEL", 900000 + number)])
            if number == 2:
                p.input.time += 3 * DAY
                p.produce([p.input.clock()])
            daemon.signal(signal.SIGCONT)
        p.finish(daemon)
        daemon.stop()


def a_timer_and_a_row_come_while_it_is_down(ground):
    """The cancel and the rows that states wait for come while nobody runs: both are found by the next life."""
    with ground.probe("restart", seed=32) as p:
        daemon = p.started()
        rows = p.input.rows(600) + p.input.settle()
        key, now = "K00002", p.input.time
        p.produce(rows + [row("probe.moves", key, now, "REMIND", 900001, due=now + 5000), p.input.clock()])
        p.drained(daemon)
        wait_for("more than ten to wait for a row", lambda: sum(r["value"]["value"] is None for r in p.read("probe.done")) > 10)
        daemon.kill()
        p.produce(p.input.late_rates())
        p.input.time = now + 4999
        p.produce([row("probe.amounts", k, now + 1000, "AMOUNT", 1000000 + n, 1) for n, k in enumerate(p.input.keys * 20)] +
                  [row("probe.cancels", key, now + 4998, "CANCEL", 900001)])
        p.input.time += DAY
        p.produce([p.input.clock()])
        daemon = p.started()
        p.finish(daemon)
        daemon.stop()


def ticks(name, tick, partitions, jump=False):
    """The same records, told of by many ticks or by few, on other counts of partitions."""
    def case(ground):
        with ground.probe(name, seed=33, partitions=partitions) as p:
            daemon = p.started()
            rows = p.input.rows(2400, tick)
            p.produce(rows[:1200])
            if jump:
                daemon.kill()
                daemon = p.started()
            p.produce(rows[1200:])
            p.input.time += 400 * DAY if jump else 0
            p.finish(daemon)
            # A clock that is set back changes nothing.
            p.write([row("clock", "now", p.input.time - 500 * DAY)])
            p.drained(daemon)
            p.verify(daemon)
            daemon.stop()
    case.__name__ = name.replace("-", "_")
    return case


def a_foreign_transaction_holds_up_and_loses_nothing(ground):
    """What lies behind it is not read, and no timer passes it, until it is ended, here by its time-out."""
    with ground.probe("foreign", seed=34) as p:
        daemon = p.started()
        key, now = "K00003", p.input.time
        p.produce([row("probe.moves", key, now, "REMIND", 900001, due=now + 50), p.input.clock()])
        p.drained(daemon)
        with subprocess.Popen(p.command("hang", "--topic", "probe.cancels", "--key", key), stdout=subprocess.PIPE, text=True) as tool:
            check(tool.stdout.readline() == "open\n", "the transaction was not opened")
            p.input.time = now + 49
            p.produce([row("probe.cancels", key, now + 49, "CANCEL", 900001)])
            p.input.time += DAY
            p.produce(p.input.rows(500) + [p.input.clock()])
            tool.kill()
        p.finish(daemon)
        daemon.stop()


def rabin(text):
    """CRC-64-AVRO, as the specification's table-driven code gives it."""
    empty = 0xc15d213aa4d7a795
    table = []
    for i in range(256):
        value = i
        for _ in range(8):
            value = (value >> 1) ^ (empty if value & 1 else 0)
        table.append(value)
    value = empty
    for byte in text.encode():
        value = (value >> 8) ^ table[(value ^ byte) & 0xff]
    return value


def varint(number):
    number = (number << 1) ^ (number >> 63)
    out = b""
    while number > 0x7f:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


# A writer of tomorrow: ProbeMove with one field more, as its canonical form.
NEWER = ('{"name":"handoff.ProbeMove","type":"record","fields":[{"name":"id","type":"long"},{"name":"kind","type":'
         '{"name":"handoff.ProbeKind","type":"enum","symbols":["NOTHING","ADD","REMIND","CANCEL"]}},{"name":"amount","type":"long"},'
         '{"name":"news","type":"string"},{"name":"mark","type":{"name":"handoff.ProbeMark","type":"enum",'
         '"symbols":["NONE","POISON","HUGE","CRASH"]}}]}')


def newer_bytes(number, amount):
    head = b"\xc3\x01" + struct.pack("<Q", rabin(NEWER))
    return head + varint(number) + varint(1) + varint(amount) + varint(4) + b"news" + varint(0)


def a_schema_that_comes_late_is_waited_for(ground):
    with ground.probe("schema", seed=35) as p:
        daemon = p.started()
        key, now = "K00004", p.input.time
        p.sent.append(row("probe.moves", key, now, "ADD", 900001, 5))
        p.write([row("probe.moves", key, now, "RAW", rate=newer_bytes(900001, 5).hex())])
        fingerprint = "%016x" % rabin(NEWER)
        wait_for("it to say what it waits for", lambda: fingerprint in daemon.page("/readyz").lower(), 30)
        p.write([row("schemas", fingerprint, now, "RAW", rate=NEWER.encode().hex())])
        wait_for("it to run again", daemon.running, 30)
        p.produce(p.input.rows(300))
        p.finish(daemon)
        daemon.stop()


def a_schema_that_never_comes_is_a_dead_letter(ground):
    with ground.probe("never", seed=36) as p:
        daemon = p.started()
        p.produce([row("probe.moves", "K00005", p.input.time, "RAW", rate=newer_bytes(900001, 5).hex())] + p.input.rows(300))
        p.drained(daemon, 180)
        p.finish(daemon)
        reasons = [r["headers"]["__connect.errors.exception.class.name"] for r in p.read("dlq.tally")]
        check(len(reasons) == 1 and "unknown_schema" in reasons[0], "dead letters: %s" % reasons)
        daemon.stop()


def records_that_nobody_can_read_stop_nothing(ground):
    """Poison, an output that is too large, junk; and one that ends the process each time until it is laid aside."""
    with ground.probe("poison", seed=37) as p:
        with probe.Keeper(p) as keeper:
            wait_for("the probe to run", keeper.running)
            now = p.input.time
            p.produce(p.input.rows(200) + [
                row("probe.moves", "K00006", now, "ADD", 900001, 5, mark="POISON"),
                row("probe.moves", "K00006", now, "ADD", 900002, 5, mark="HUGE"),
                row("probe.moves", "K00007", now, "RAW", rate=b"junk".hex()),
                row("probe.cancels", "K00007", now, "RAW", rate="c301"),
                row("probe.moves", "K00007", now, "RAW", rate="c301", other=(probe.partition_of("K00007", 4) + 1) % 4),
                row("probe.moves", probe.NO, now, "RAW", rate="c301"),
                row("probe.moves", "K00008", now, "ADD", 900003, 5, mark="CRASH")] + p.input.rows(200))
            wait_for("the third crash", lambda: len(keeper.codes) >= 3, 60)
            wait_for("the probe to run", keeper.running, 60)
            daemon = keeper.done()
        check(keeper.codes == [-signal.SIGSEGV] * 3, "it ended with %s" % keeper.codes)
        p.finish(daemon)
        reasons = {r["headers"]["__connect.errors.exception.class.name"] for r in p.read("dlq.tally")}
        check(reasons == {"tally.7 poison", "processor.too_large", "processor.unreadable", "processor.wrong_partition",
                          "processor.no_key", "processor.crashed"}, "reasons: %s" % reasons)
        daemon.stop()


def an_urgent_record_passes_a_bulk_backlog(ground):
    """Not on the first start, when bulk is read to its end before events."""
    with ground.probe("bulk", seed=38) as p:
        daemon = p.started()
        p.produce(p.input.rows(100) + p.input.settle())
        p.drained(daemon)
        daemon.signal(signal.SIGSTOP)
        p.input.time += 1
        now, key = p.input.time, "K00009"
        p.produce([row("probe.amounts", k, now, "AMOUNT", 1000000 + n, 1) for n, k in enumerate(p.input.keys * 200)] +
                  [row("probe.moves", key, now, "ADD", 900001, 5)])
        daemon.signal(signal.SIGCONT)
        p.finish(daemon)
        told = [r for r in p.read("probe.told") if r["partition"] == probe.partition_of(key, 4)]
        old = max([r["value"]["count"] for r in told if r["ts"] < now and r["value"]["key"] == key], default=0)
        home = [r["value"] for r in told if r["ts"] == now]
        before = next((n for n, v in enumerate(home) if v["key"] == key and v["count"] > old), None)
        check(before is not None and before < len(home) / 2, "the urgent record came after %s of %d" % (before, len(home)))
        daemon.stop()


if __name__ == "__main__":
    probe.run_cases("time", [a_timer_waits_for_the_backlog_that_cancels_it, a_timer_and_a_row_come_while_it_is_down,
                             a_foreign_transaction_holds_up_and_loses_nothing, ticks("many-ticks", 50, 4),
                             ticks("few-ticks", 4000, 1), ticks("a-jump", 700, 3, True), a_schema_that_comes_late_is_waited_for,
                             an_urgent_record_passes_a_bulk_backlog, records_that_nobody_can_read_stop_nothing, *([a_schema_that_never_comes_is_a_dead_letter] if LONG else [])])
