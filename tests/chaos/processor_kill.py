#!/usr/bin/python3
"""The processor is ended at every fault point of its code, stopped until others took over, joined and left by a second
instance, while records come; what came out is what the model says: nothing lost, nothing doubled, nothing different.

From HO_CHAOS_ROUNDS=30 on (tests/run all) each point is hit three times, at other moments.
"""
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import probe  # noqa: E402
from handoff import check, main, wait_for  # noqa: E402

ROUNDS = 3 if int(os.environ.get("HO_CHAOS_ROUNDS", "8")) >= 30 else 1
ASSIGNMENT = ("offsets_read", "end_read", "claimed", "restoring", "restored", "assigned")  # the others lie in a batch
STACK = []


def life(p, point, times):
    """One life that ends at the point. One that ends in a batch has committed the batches before."""
    if point in ("restoring", "restored", "claimed"):
        p.lose_view()  # there is something to restore
    daemon = p.start(fault="%s:%d" % (point, times))
    wait_for("the end at %s" % point, lambda: not daemon.alive(), 60)
    check(daemon.process.returncode == 137, "%s: ended with %s\n%s" % (point, daemon.process.returncode, daemon.log()[-1500:]))
    check(p.was_hit(point), "%s was not hit" % point)


def every_fault_point_is_survived():
    points = [x for x in probe.fault_points() if x != "aborted"]  # the zombie's case
    assignment = [x for x in points if x in ASSIGNMENT]
    batch = [x for x in points if x not in ASSIGNMENT]
    check(len(assignment) == len(ASSIGNMENT) and len(batch) >= 6, "points: %s" % points)
    # A life that ends in a batch follows each that ends in an assignment, and shows that it goes on.
    order = [x for pair in zip(assignment, batch + batch[:len(assignment) - len(batch)]) for x in pair] + batch[len(assignment):]
    for number in range(ROUNDS):
        with probe.Probe(STACK[0], STACK[1], "faults%d" % number, seed=11 + number) as p:
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


def stopped(daemon):
    with open("/proc/%d/stat" % daemon.process.pid) as text:
        return text.read().rsplit(")", 1)[1].split()[0] == "T"


def zombie(point, words, goes_on):
    """Stopped at a point, past its session, while another takes its partitions; then it wakes up."""
    def case():
        with probe.Probe(STACK[0], STACK[1], "zombie-" + point.replace("_", "-"), seed=len(point)) as p:
            with p.traffic(400):
                first = p.start(fault=point + ":8:stop")
                wait_for("the stop at " + point, lambda: stopped(first), 60)
                second = p.start(instance="tally-2")
                wait_for("the second to own a partition, or to wait for it",
                         lambda: owned(second) == 4 or "restoring" in second.log() or "open transaction" in second.log(), 60)
                first.signal(signal.SIGCONT)
                check(p.was_hit(point), "%s was not hit" % point)
                wait_for("what the zombie says", lambda: re.search(words, first.log()), 60)
                if goes_on:
                    wait_for("both to run", lambda: owned(first) + owned(second) == 4 and min(owned(first), owned(second)) >= 0, 90)
                else:
                    wait_for("the zombie's end", lambda: not first.alive(), 60)
                    check(first.process.returncode == 1, "it ended with %d" % first.process.returncode)
                if first.alive():
                    first.stop()
            wait_for("all partitions with the second", lambda: owned(second) == 4, 90)
            before = second.committed()
            p.finish(second)
            check(second.committed() > before, "no commit followed")
            second.stop()
    return case


def a_second_instance():
    with probe.Probe(STACK[0], STACK[1], "second", seed=5) as p:
        with p.traffic(400):
            first = p.started()
            wait_for("commits", lambda: first.committed() > 5)
            second = p.start(instance="tally-2")
            wait_for("partitions of the second", lambda: owned(second) > 0 and owned(first) + owned(second) == 4, 60)
            before = (first.committed(), second.committed())
            wait_for("commits of both", lambda: first.committed() > before[0] + 3 and second.committed() > before[1] + 3, 60)
            second.stop()
            wait_for("all partitions back", lambda: owned(first) == 4, 60)
        p.finish(first)
        first.stop()


def zombies_change_nothing_and_partitions_move():
    """Before its offsets are sent a zombie's commit is refused; after its commit its flush is."""
    probe.together(zombie("produced", "msg=.?aborted", True), zombie("committed", "FENCED|another instance owns", False),
                   a_second_instance)


def all_of_it():
    programs = probe.build()
    with probe.ProbeStack("kill") as stack:
        STACK[:] = [stack, programs]
        every_fault_point_is_survived()
        zombies_change_nothing_and_partitions_move()


if __name__ == "__main__":
    main(all_of_it)
