#!/usr/bin/python3
"""The processor is ended at every fault point of its code, stopped until others took over, joined and left by a second
instance, while records come; what came out is what the model says: nothing lost, nothing doubled, nothing different.

From HO_CHAOS_ROUNDS=30 on (tests/run all) each point is hit three times, at other moments.
"""
import contextlib
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import probe  # noqa: E402
from handoff import check, wait_for  # noqa: E402

ROUNDS = 3 if int(os.environ.get("HO_CHAOS_ROUNDS", "8")) >= 30 else 1
ASSIGNMENT = ("offsets_read", "end_read", "claimed", "restoring", "restored", "assigned")  # the others lie in a batch


def life(p, point, times):
    """One life that ends at the point. One that ends in a batch has committed the batches before."""
    if point in ("restoring", "restored", "claimed"):
        p.lose_view()  # there is something to restore
    daemon = p.start(fault="%s:%d" % (point, times))
    wait_for("the end at %s" % point, lambda: not daemon.alive(), 60)
    check(daemon.process.returncode == 137, "%s: ended with %s\n%s" % (point, daemon.process.returncode, daemon.log()[-1500:]))
    check(p.was_hit(point), "%s was not hit" % point)


def every_fault_point_is_survived(ground):
    points = [x for x in probe.fault_points() if x != "aborted"]  # the zombie's case
    assignment = [x for x in points if x in ASSIGNMENT]
    batch = [x for x in points if x not in ASSIGNMENT]
    check(len(assignment) == len(ASSIGNMENT) and len(batch) >= 6, "points: %s" % points)
    # A life that ends in a batch follows each that ends in an assignment, and shows that it goes on.
    order = [x for pair in zip(assignment, batch + batch[:len(assignment) - len(batch)]) for x in pair] + batch[len(assignment):]
    for number in range(ROUNDS):
        with ground.probe("faults%d" % number, seed=11 + number) as p:
            with p.traffic():
                for point in order:
                    os.path.exists(faults(p)) and os.remove(faults(p))  # a point is hit once, unless this is forgotten
                    life(p, point, (2 + number) if point in batch else 1)
            daemon = p.started()
            p.finish(daemon)
            daemon.stop()


def faults(p):
    return os.path.join(p.state_dir, "%s.tally.tally-1.faults" % p.ns)


def owned(daemon):
    return len(daemon.status().get("applied", [])) if daemon.running() else -1


def config(p, linger_ms):
    path = os.path.join(p.state_dir, "linger.ini")
    with open(path, "w") as out:
        out.write("[kafka.producer]\nlinger.ms = %d\n" % linger_ms)
    return path


def stopped(daemon):
    check(daemon.alive(), "it ended with %s:\n%s" % (daemon.process.poll(), daemon.log()[-800:]))
    with open("/proc/%d/stat" % daemon.process.pid) as text:
        return text.read().rsplit(")", 1)[1].split()[0] == "T"


def zombie(name, fault, taken_over, words, linger_ms=0, quiet=False):
    """Stopped at a point, past its session, while another takes its partitions; then it wakes up, and says what is true.
    quiet: no records come any more by then, so that nothing covers up what it writes."""
    def case(ground):
        point = fault.split(":")[0]
        with ground.probe(name.replace("_", "-"), seed=len(name)) as p:
            with contextlib.ExitStack() as traffic:
                traffic.enter_context(p.traffic(300))
                first = p.start(fault=fault + ":stop", options=["--config", config(p, linger_ms)])
                wait_for("the stop at " + point, lambda: stopped(first), 60)
                check(p.was_hit(point), "%s was not hit" % point)
                second = p.start(instance="tally-2")
                wait_for("the other to have taken over", lambda: taken_over(p, second), 60)
                if quiet:
                    traffic.close()
                    p.drained(second)
                first.signal(signal.SIGCONT)
                wait_for("the zombie to say /%s/" % words, lambda: re.search(words, first.log()), 60)
                problems = p.view_differences() if quiet else []
                check(not problems, "the zombie wrote: %s" % "; ".join(problems))
                wait_for("it to end, or to share", lambda: not first.alive() or owned(first) + owned(second) == 4, 90)
                if first.alive():
                    first.stop()
                check(first.process.returncode in (0, 1), "the zombie ended with %d" % first.process.returncode)
            wait_for("all partitions with the other", lambda: owned(second) == 4, 90)
            before = second.committed()
            p.finish(second)
            check(second.committed() > before, "no commit followed")
            second.stop()
    case.__name__ = name
    return case


def shut_out(p, other):
    return p.members() == ("Stable", ["tally-2"])


# Its transaction is open, and the other waits for it at the changelog. Its commit is refused.
before_its_offsets = zombie("a_zombie_before_its_offsets", "produced:8", lambda p, other: "open transaction" in other.page("/readyz"),
                            'msg="?aborted')
# Its offsets are sent, so that its commit will count; the other waits for it before it reads anything else.
before_its_commit = zombie("a_zombie_before_its_commit", "offsets_sent:8", shut_out, 'for an assignment of partitions|msg="?aborted|FENCED')
# The same, and its records still lie in the client: they reach the changelog after the other has come.
with_records_under_way = zombie("a_zombie_with_records_under_way", "offsets_sent:1", shut_out,
                                'for an assignment of partitions|msg="?aborted|FENCED', 12000)
# It has committed; the other has restored that, and gone on. Its flush is refused.
before_its_flush = zombie("a_zombie_before_its_flush", "committed:8", lambda p, other: owned(other) == 4 and other.committed() > 10,
                          "for an assignment of partitions|FENCED", quiet=True)


def transactions(p):
    """State by transactional id, as the broker tells it."""
    jars = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "handoff", "kafka-4.1.2", "*")
    done = subprocess.run(["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", jars,
                           "org.apache.kafka.tools.TransactionsCommand", "--bootstrap-server", p.kafka, "list"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    rows = [line.split() for line in done.stdout.splitlines()]
    return {r[0]: r[-1] for r in rows if r and r[0].startswith(p.ns + ".")}


def a_second_instance(ground):
    with ground.probe("second", seed=5) as p:
        with p.traffic(300):
            first = p.started()
            wait_for("commits", lambda: first.committed() > 5)
            states = transactions(p)
            check(len(states) == 2 and "Empty" not in states.values(), "the two producers do not take turns: %s" % states)
            second = p.start(instance="tally-2")
            wait_for("partitions of the second", lambda: owned(second) > 0 and owned(first) + owned(second) == 4, 60)
            before = (first.committed(), second.committed())
            wait_for("commits of both", lambda: first.committed() > before[0] + 3 and second.committed() > before[1] + 3, 60)
            second.stop()
            wait_for("all partitions back", lambda: owned(first) == 4, 60)
        p.finish(first)
        first.stop()


def one_instance_twice(ground):
    """Two processes of one name, by mistake: the later one goes on, the earlier one ends, and no record is done by both."""
    with ground.probe("twice", seed=6) as p:
        with p.traffic(300):
            first = p.started()
            wait_for("commits", lambda: first.committed() > 5)
            second = p.start()
            wait_for("the end of the first", lambda: not first.alive(), 90)
            check(first.process.returncode == 1, "it ended with %d" % first.process.returncode)
            wait_for("the second to commit", lambda: owned(second) == 4 and second.committed() > 3, 90)
        p.finish(second)
        second.stop()


if __name__ == "__main__":
    probe.run_cases("kill", [every_fault_point_is_survived, before_its_offsets, before_its_commit, with_records_under_way,
                             before_its_flush, a_second_instance, one_instance_twice])
