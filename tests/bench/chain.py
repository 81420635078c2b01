#!/usr/bin/python3
"""From a hospital's socket to a PCP's alert, beside three raw transactional hops over the same topics and partitions.

Two namespaces of one broker: in one the daemons run, in the other the hops. Runs in turn; medians of HO_BENCH_PAIRS (5) and
their spread. Wanted: at most 1.3 times the raw chain's p50. Figures of a shared machine: take the ratios.
"""
import json
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import probe  # noqa: E402
from handoff import HO, Stack, check, main, member  # noqa: E402

PAIRS = int(os.environ.get("HO_BENCH_PAIRS", "5"))
SECONDS = os.environ.get("HO_BENCH_SECONDS", "8")
HOPS = (("adt.raw", "adt.matched", "identity.changelog", 1300), ("adt.matched", "care.events", "encounters.changelog", 930),
        ("care.events", "alerts.pcp", "notify.changelog", 1900))


def raw_namespace(stack):
    folder = os.path.join(stack.dir, "raw")
    os.makedirs(folder)
    with open(os.path.join(folder, "stack.json"), "w") as out:
        json.dump(dict(stack.info(), namespace="raw"), out)
    subprocess.run([HO, "topics", "create", "--partitions", "4", "--stack", folder], check=True, stdout=subprocess.DEVNULL, timeout=60)


def ran(tool, verb, kafka, ns, rate, *options):
    done = subprocess.run([tool, verb, "--kafka", kafka, "--ns", ns, "--rate", str(rate), "--seconds", SECONDS, *options],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    check(done.returncode == 0, "%s: %s" % (verb, done.stderr[-500:]))
    found = json.loads(done.stdout.splitlines()[-1])
    check(found["got"] == found["sent"], "%s at %d: %s" % (verb, rate, found))
    return found


def told(name, runs):
    values = [r["p50_ms"] for r in runs]
    print("  %-10s p50 %6.1f ms (%.1f to %.1f), p99 %6.1f ms" % (name, statistics.median(values), min(values), max(values),
                                                                statistics.median(r["p99_ms"] for r in runs)), flush=True)


def the_chain_beside_three_raw_hops():
    tool = os.path.join(probe.build("tools", (), ("chain-tool",)), "chain-tool")
    with Stack("chain") as stack:
        info = stack.info()
        stack.load_roster([member(n) for n in range(1, 1001)])
        facilities = os.path.join(stack.dir, "data", "facilities.csv")
        with open(facilities, "w") as out:  # an alert about a place without a row does not say where it comes from
            out.write("facility_id,name\nGENERAL,General Hospital\n")
        stack.ho("facilities", "load", facilities)
        stack.drain()
        raw_namespace(stack)
        hops = [subprocess.Popen([tool, "hop", "--kafka", info["kafka"], "--ns", "raw", "--in", a, "--out", b, "--changelog", c,
                                  "--bytes", str(size)]) for a, b, c, size in HOPS]
        try:
            for warm in (ran(tool, "raw", info["kafka"], "raw", 50), ran(tool, "mllp", info["kafka"], "ho", 50, "--to", info["mllp"], "--run", "w")):
                check(warm["got"], "nothing came out")
            for rate in (10, 100, 500):
                raw, ours = [], []
                for pair in range(PAIRS):
                    raw.append(ran(tool, "raw", info["kafka"], "raw", rate))
                    ours.append(ran(tool, "mllp", info["kafka"], "ho", rate, "--to", info["mllp"], "--run", "%d-%d" % (rate, pair)))
                print("  %d messages/s, load of the machine %.2f" % (rate, os.getloadavg()[0]))
                told("raw hops", raw)
                told("handoff", ours)
                ratios = [a["p50_ms"] / b["p50_ms"] for a, b in zip(ours, raw)]
                print("  ratio %.2f (%.2f to %.2f) of %d pairs" % (statistics.median(ratios), min(ratios), max(ratios), PAIRS), flush=True)
        finally:
            for hop in hops:
                hop.kill()
                hop.wait()


if __name__ == "__main__":
    main(the_chain_beside_three_raw_hops)
