#!/usr/bin/python3
"""Redis emptied, set back to an older copy, replaced, slow, away; the broker killed and started again: the view is always
the fold of the changelog in the end, and nothing was told twice. HO_CHAOS_ROUNDS=30 (tests/run all): Redis is away for two
minutes.
"""
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import probe  # noqa: E402
from handoff import check, main, wait_for  # noqa: E402

LONG = int(os.environ.get("HO_CHAOS_ROUNDS", "8")) >= 30
WAIT_MS = 60000 if LONG else 1500


def goes_on(keeper, what):
    """Three more commits, by whichever life."""
    def committed():
        return keeper.daemon.committed() if keeper.running() else 0
    wait_for("the probe to run after " + what, keeper.running, 120)
    before = committed()
    daemon = keeper.daemon
    wait_for("commits after " + what, lambda: (keeper.daemon is not daemon and committed() > 3) or committed() >= before + 3, 120)


def emptied(p, keeper, redis):
    lives = len(keeper.codes)
    probe.Redis(redis.address)("FLUSHALL")
    wait_for("a fenced end", lambda: len(keeper.codes) > lives, 60)
    check(keeper.codes[-1] == 1, "it ended with %s" % keeper.codes)


def set_back(p, keeper, redis):
    """As it was some commits ago: a view that lies is worse than none."""
    redis.keep_copy()
    goes_on(keeper, "the copy")
    lives = len(keeper.codes)
    redis.kill()
    redis.come_back(kept=True)
    wait_for("a fenced end", lambda: len(keeper.codes) > lives, 60)


def replaced(p, keeper, redis):
    redis.kill()
    redis.come_back()


def slow(p, keeper, redis):
    probe.Redis(redis.address)("CLIENT", "PAUSE", "2500", "ALL")


def misled(p, keeper, redis):
    """The due index names times that no state says: a hint is not believed, and is put right. --verify looks at the end."""
    view, lives = probe.Redis(redis.address), len(keeper.codes)
    keeper.daemon.kill()
    for partition in range(4):
        for key in view("ZRANGE", "{%s:tally:%d}:due" % (p.ns, partition), 0, -1):
            view("ZADD", "{%s:tally:%d}:due" % (p.ns, partition), 1, key)
    wait_for("the end of that life", lambda: len(keeper.codes) > lives, 60)


def away(p, keeper, redis):
    """Longer than it waits in place: it leaves the group, and waits outside with its pages up."""
    lives = len(keeper.codes)
    redis.kill()
    wait_for("its end", lambda: len(keeper.codes) > lives, WAIT_MS / 1000 + 60)
    wait_for("the next life to wait and to say for what",
             lambda: "redis" in keeper.daemon.page("/readyz") and "waiting" in keeper.daemon.page("/readyz"), 60)
    begin = time.monotonic()
    if LONG:
        wait_for("two minutes", lambda: time.monotonic() - begin > 60, 70)
    check(keeper.daemon.page("/healthz").startswith("ok"), "it is not healthy while it waits")
    redis.come_back(kept=True)


def listens(address):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", int(address.rsplit(":", 1)[1]))) == 0


def broker_killed(p, keeper, redis):
    with open(os.path.join(p.stack.dir, "run", "kafka-1.pid")) as text:
        os.kill(int(text.read()), signal.SIGKILL)
    wait_for("the broker's end", lambda: not listens(p.kafka), 30)
    p.stack.stack("up", "--no-daemons")


def a_view_that_is_lost_or_lies_is_made_anew():
    programs = probe.build()
    with probe.ProbeStack("view") as stack, probe.OwnRedis(stack) as redis:
        with probe.Probe(stack, programs, "view", seed=21, redis=redis.address) as p:
            options = ["--redis.wait_ms=%d" % WAIT_MS, "--redis.timeout_ms=1000"]
            with probe.Keeper(p, options=options) as keeper:
                for case in (emptied, set_back, replaced, slow, misled, away, broker_killed):
                    begin = time.monotonic()
                    with p.traffic():
                        goes_on(keeper, "the case before")
                        case(p, keeper, redis)
                        goes_on(keeper, case.__name__)
                    print("  %-16s %5.1f s  ended so far: %s" % (case.__name__, time.monotonic() - begin, keeper.codes), flush=True)
                daemon = keeper.done()
            p.finish(daemon)
            daemon.stop()


if __name__ == "__main__":
    main(a_view_that_is_lost_or_lies_is_made_anew)
