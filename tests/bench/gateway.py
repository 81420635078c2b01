#!/usr/bin/python3
"""ho-gateway beside the least that an honest gateway can be (bench_mllp_raw.c): the same load on each in turn, one broker.

Prints a table: rates, latencies, and the ratio of the medians of HO_BENCH_PAIRS (5) pairs with its spread. All connections of
a run are opened at once. Refused and unanswered messages must be 0, and memory within 64 MiB, or it fails; the ratio is
told, with the aim of 0.85. Figures of a shared machine: take the ratios. HO_BENCH_RUN_MS (3000) a run,
HO_BENCH_CONNECTIONS (1,16,100,1000).
"""
import json
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import ROOT, Stack, check, main, wait_for  # noqa: E402
import mllp  # noqa: E402

BUILD = os.path.join(ROOT, ".build", "bench")
mllp.BIN = os.path.join(BUILD, "services")
PAIRS = int(os.environ.get("HO_BENCH_PAIRS", "5"))
RUN_MS = os.environ.get("HO_BENCH_RUN_MS", "3000")
CONNECTIONS = [int(n) for n in os.environ.get("HO_BENCH_CONNECTIONS", "1,16,100,1000").split(",")]
AIM = 0.85
RSS_KB_MAX = 64 * 1024


def build():
    for command in (["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DHO_PRESET=release", "-DHO_TESTS=ON"],
                    ["ninja", "-C", BUILD, "bench_mllp_raw", "bench_mllp_load", "ho-gateway"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def load(port, connections):
    command = [os.path.join(BUILD, "tests", "bench_mllp_load"), str(port), str(connections), "1000", RUN_MS]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120, text=True).stdout)


def cpu_us(pid):
    """Processor time that the process has used: on a shared machine the steadier figure."""
    with open("/proc/%d/stat" % pid) as text:
        words = text.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) * 1000000 // os.sysconf("SC_CLK_TCK")


def load_on(process, port, connections):
    before = cpu_us(process.pid)
    result = load(port, connections)
    result["cpu_us"] = (cpu_us(process.pid) - before) / max(result["answered"], 1)
    return result


def start_raw(stack, port):
    raw = subprocess.Popen([os.path.join(BUILD, "tests", "bench_mllp_raw"), str(port), stack.info()["kafka"], "ho.adt.raw"],
                           stdout=subprocess.PIPE, text=True)
    check(raw.stdout.readline() == "ready\n", "the raw gateway does not start")
    return raw


def clean(result, what):
    for key in ("refused", "unanswered", "broken", "unopened"):
        check(result[key] == 0, "%s: %d %s" % (what, result[key], key))


def middle(results, key):
    return statistics.median(result[key] for result in results)


def beside_the_raw_loop():
    build()
    with Stack("bench-gateway", "--no-daemons") as stack:
        port, worst_kb, rows = stack.base + 50, 0, {}
        raw = start_raw(stack, port)
        try:
            with mllp.Gateway(stack, "bench", {}, "--mllp.store_ms=20000") as gateway:
                for connections in CONNECTIONS:
                    ours, theirs = [], []
                    for pair in range(PAIRS):
                        for mine in ((True, False), (False, True))[pair % 2]:
                            result = load_on(gateway.process if mine else raw, gateway.port if mine else port, connections)
                            clean(result, "%s at %d connections" % ("ho-gateway" if mine else "raw", connections))
                            (ours if mine else theirs).append(result)
                        worst_kb = max(worst_kb, gateway.rss_kb())
                    wait_for("the connections to go", lambda: gateway.status()["connections"] == 0)
                    ratios = sorted(a["rate"] / b["rate"] for a, b in zip(ours, theirs))
                    rows[connections] = {"ratio": middle(ours, "rate") / middle(theirs, "rate"), "least": ratios[0],
                                         "most": ratios[-1], "ours": middle(ours, "rate"), "raw": middle(theirs, "rate")}
                    print("%5d connections: %7.0f/s, raw %7.0f/s, ratio %.2f (pairs %.2f to %.2f); p50 %.2f ms, raw %.2f; p99 "
                          "%.2f, raw %.2f; cpu a message %.0f us, raw %.0f" % (connections, rows[connections]["ours"], rows[connections]["raw"],
                                              rows[connections]["ratio"], ratios[0], ratios[-1], middle(ours, "p50"),
                                              middle(theirs, "p50"), middle(ours, "p99"), middle(theirs, "p99"),
                                              middle(ours, "cpu_us"), middle(theirs, "cpu_us")), flush=True)
        finally:
            raw.kill()
            raw.wait()
        print("refused 0, unanswered 0; memory at most %.1f MiB; aim %.2f: %s" % (
            worst_kb / 1024, AIM, "met" if all(row["ratio"] >= AIM for row in rows.values()) else "missed"))
        print(json.dumps({"gateway": rows, "rss_kb": worst_kb, "pairs": PAIRS}))
        check(worst_kb <= RSS_KB_MAX, "%d kB of memory" % worst_kb)


if __name__ == "__main__":
    main(beside_the_raw_loop)
