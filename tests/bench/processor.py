#!/usr/bin/python3
"""What the processor costs beside the least that the same work can cost: raw-loop and ho-plain in turn, on one broker.

Prints a table and, as its last line but one, the same as JSON. Figures of a shared machine: take the ratios. HO_BENCH_EVENTS
(400000) a run, HO_BENCH_PAIRS (5), HO_BENCH_KEYS (1000000) of the large state; HO_BENCH_ONLY names parts, comma between.
"""
import json
import mmap
import os
import re
import signal
import statistics
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import probe  # noqa: E402
from handoff import check, main, wait_for  # noqa: E402

EVENTS = int(os.environ.get("HO_BENCH_EVENTS", "400000"))
PAIRS = int(os.environ.get("HO_BENCH_PAIRS", "5"))
KEYS = int(os.environ.get("HO_BENCH_KEYS", "1000000"))
ONLY = os.environ.get("HO_BENCH_ONLY", "throughput,allocations,hop,comeback,flat,memory,restore").split(",")
FOUND = {}


class Bench:
    """A namespace with bench.in, and the two that read it."""

    def __init__(self, stack, programs, ns):
        self.stack, self.programs, self.ns, self.filled = stack, programs, ns, 0
        info = stack.info()
        self.common = ["--kafka", info["kafka"], "--ns", ns]
        self.kafka, self.redis = info["kafka"], info["redis"]
        self.run("probe-tool", "create", "--partitions", "4")
        self.daemon = None

    def run(self, program, verb, *args, env=None):
        words = [os.path.join(self.programs, program)] + ([verb] if verb else []) + self.common + list(args)
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900,
                              env=dict(os.environ, **(env or {})))
        check(done.returncode == 0, "%s gave %d: %s" % (words, done.returncode, done.stderr[-800:]))
        return done.stdout.splitlines()[-1]

    def fill(self, events, keys, first=None):
        first = self.filled if first is None else first
        self.filled = first + events
        return json.loads(self.run("bench-tool", "fill", "--events", str(events), "--keys", str(keys), "--first", str(first)))

    def raw(self, events, mode="redis", env=None):
        return json.loads(self.run("raw-loop", "", "--redis", self.redis, "--events", str(events), "--mode", mode, env=env))

    def start(self, *options, env=None):
        address = "127.0.0.1:%d" % (self.stack.base + 95)
        command = [os.path.join(self.programs, "ho-plain"), "--handoff.namespace=" + self.ns, "--handoff.instance=plain-1",
                   "--handoff.http=" + address, "--kafka.bootstrap=" + self.kafka, "--redis.address=" + self.redis,
                   "--processor.state_dir=" + os.path.join(self.stack.dir, "run"), *options]
        log = os.path.join(self.stack.dir, "log", self.ns + "-plain.log")
        self.daemon = probe.Daemon(command, log, address, env or {})
        return self.daemon

    def events(self):
        return self.daemon.metric("ho_events_total")

    def plain(self, events, *options, env=None, hook=None):
        """Events a second over all but the first tenth, and what the daemon says of its commits."""
        daemon = self.start(*options, env=env)
        marks = []

        def reached(part):
            def condition():
                check(daemon.alive(), "ho-plain ended:\n" + daemon.log()[-1500:])
                count = self.events()
                if count >= events * part:
                    marks.append((time.monotonic(), count, cpu_seconds(daemon)))
                return count >= events * part
            return condition
        pause(reached(0.1), 300)
        if hook:
            hook()
        pause(reached(1.0), 600)
        if hook:
            hook()
        (t0, n0, c0), (t1, n1, c1) = marks[0], marks[-1]
        out = dict(commits(daemon), rate=(n1 - n0) / (t1 - t0), cpu_us=(c1 - c0) * 1e6 / (n1 - n0), rss_mb=memory(daemon),
                   transactions=int(daemon.committed()))
        daemon.stop(120)
        return out


def pause(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, "waited %d s" % seconds)
        time.sleep(0.02)


def cpu_seconds(daemon):
    with open("/proc/%d/stat" % daemon.process.pid) as text:
        words = text.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def memory(daemon):
    with open("/proc/%d/status" % daemon.process.pid) as text:
        return int(re.search(r"VmHWM:\s+(\d+)", text.read()).group(1)) // 1024


def commits(daemon):
    """p50 and p99 of the two steps of a commit, as the upper bounds of the histogram's buckets."""
    out = {}
    for step in ("offsets", "commit"):
        rows = []
        for line in daemon.page("/metrics").splitlines():
            match = re.match(r'ho_batch_seconds_bucket\{.*step="%s".*le="([^"]+)"\} (\S+)' % step, line)
            if match:
                rows.append((float(match.group(1).replace("+Inf", "inf")), float(match.group(2))))
        rows.sort()
        for name, part in (("p50", 0.5), ("p99", 0.99)):
            out["%s_%s_ms" % (step, name)] = next((b * 1e3 for b, n in rows if rows[-1][1] and n >= rows[-1][1] * part), None)
    return out


def told(name, value, text):
    FOUND[name] = value
    print("  %-34s %s" % (name, text), flush=True)


def spread(values):
    return "%.0f to %.0f" % (min(values), max(values))


def beside(bench, name, mode, *options):
    """Interleaved pairs of one mode of the raw loop and the probe with these options."""
    raw, plain = [], []
    for n in range(PAIRS + 1):
        bench.fill(EVENTS, 10000)
        a, b = bench.raw(EVENTS, mode), bench.plain(EVENTS, *options)
        if n:  # after the first pair both have seen every key
            raw.append(a)
            plain.append(b)
    rates, ratios = ([r["rate"] for r in raw], [r["rate"] for r in plain]), [y["rate"] / x["rate"] for x, y in zip(raw, plain)]
    for who, runs, values in (("raw", raw, rates[0]), ("plain", plain, rates[1])):
        told("%s_%s" % (name, who), statistics.median(values),
             "%.0f events/s (%s), CPU %.1f us an event, p50/p99 offsets %s/%s commit %s/%s ms, %d transactions" % (
                 statistics.median(values), spread(values), statistics.median(r["cpu_us"] for r in runs),
                 *(runs[-1]["%s_%s_ms" % (step, part)] for step in ("offsets", "commit") for part in ("p50", "p99")),
                 runs[-1]["transactions"]))
    cpu = statistics.median(r["cpu_us"] for r in raw) / statistics.median(r["cpu_us"] for r in plain)
    told(name + "_ratio", statistics.median(ratios), "%.2f (%.2f to %.2f) of %d pairs; of CPU %.2f" % (
        statistics.median(ratios), min(ratios), max(ratios), len(ratios), cpu))


def throughput(bench):
    print("  10,000 keys, changelog, flush and a view; wanted: a ratio of at least 0.75. Commit times of plain are bounds of buckets.")
    beside(bench, "hits", "flush")  # every state at hand: the raw loop loads nothing
    beside(bench, "misses", "redis", "--processor.cache_bytes=65536")  # next to none at hand: both load


def allocations(bench):
    """Allocations an event, of the loop's thread and of librdkafka's, between two moments of a run."""
    library = os.path.join(bench.programs, "libcount_alloc.so")

    def counted(name, run):
        path = os.path.join(bench.stack.dir, name)
        samples = []
        with open(path, "wb") as out:
            out.write(b"\0" * 16)
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 16, prot=mmap.PROT_READ) as shared:
            run({"LD_PRELOAD": library, "COUNT_ALLOC_FILE": path}, lambda: samples.append(struct.unpack("QQ", shared[:16])))
        return samples

    bench.fill(EVENTS, 10000)
    ran = {}

    def plain(env, sample):
        def hook():
            sample()
            ran.setdefault("events", []).append(bench.events())
        bench.plain(EVENTS, env=env, hook=hook)
    samples = counted("alloc-plain", plain)
    events = ran["events"][1] - ran["events"][0]
    told("plain_allocs", (samples[1][0] - samples[0][0]) / events, "%.2f an event in the loop, %.2f in librdkafka's threads" % tuple(
        (b - a) / events for a, b in zip(*samples)))

    def raw(env, sample):
        words = [os.path.join(bench.programs, "raw-loop"), *bench.common, "--redis", bench.redis, "--events", str(EVENTS)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=dict(os.environ, **env)) as process:
            process.stdout.readline()
            sample()
            process.stdout.readline()
            sample()
    samples = counted("alloc-raw", raw)
    told("raw_allocs", (samples[1][0] - samples[0][0]) / (EVENTS * 0.9), "%.2f an event in the loop, %.2f in librdkafka's threads" % tuple(
        (b - a) / (EVENTS * 0.9) for a, b in zip(*samples)))


def hop(bench):
    daemon = bench.start()
    wait_for("ho-plain to run", daemon.running)
    runs = [json.loads(bench.run("bench-tool", "hop", "--rate", "500", "--seconds", "8", "--keys", "1000")) for _ in range(3)]
    check(all(r["got"] == r["sent"] for r in runs), "a hop lost records: %s" % runs)
    daemon.stop(120)
    p50, p99 = statistics.median(r["p50_ms"] for r in runs), statistics.median(r["p99_ms"] for r in runs)
    told("hop_p50_ms", p50, "one hop at 500 events/s: p50 %.1f ms, p99 %.1f ms (of 3 runs: %s)" % (
        p50, p99, ", ".join("%.1f/%.1f" % (r["p50_ms"], r["p99_ms"]) for r in runs)))
    FOUND["hop_p99_ms"] = p99


def comeback(bench):
    """From kill -9, and a start at once, to the first commit, while records come."""
    daemon, seconds = bench.start(), []
    wait_for("ho-plain to run", daemon.running)
    words = [os.path.join(bench.programs, "bench-tool"), "hop", *bench.common, "--rate", "100", "--seconds", "60", "--keys", "1000"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as source:
        for _ in range(5):
            wait_for("a commit", lambda: daemon.committed() > 0)
            daemon.kill()
            begin = time.monotonic()
            daemon = bench.start()
            pause(lambda: daemon.committed() > 0, 60)
            seconds.append(time.monotonic() - begin)
        source.kill()
    daemon.stop(120)
    told("comeback_s", statistics.median(seconds), "kill -9 and start to the first commit: %.2f s (%.2f to %.2f); wanted <= 3" % (
        statistics.median(seconds), min(seconds), max(seconds)))


def flat(bench):
    """CPU of an event by the number of keys. More keys than a batch holds, and next to none in the cache, so that the count
    of states alone differs; then, beside it, few keys that are always at hand."""
    rows = []
    for keys, options in ((10000, ["--processor.cache_bytes=65536"]), (100000, ["--processor.cache_bytes=65536"]),
                          (KEYS, ["--processor.cache_bytes=65536"]), (1000, [])):
        bench.fill(max(EVENTS, keys), keys, first=0)
        run = bench.plain(max(EVENTS, keys), *options)
        rows.append((keys, "at hand" if not options else "loaded", run["cpu_us"], run["rate"]))
    told("flat_cpu_us", {"%d %s" % r[:2]: r[2] for r in rows}, ", ".join("%d keys %s %.1f us %.0f/s" % r for r in rows))


def memory_of_many(bench):
    bench.fill(KEYS, KEYS, first=0)
    run = bench.plain(KEYS, "--processor.cache_bytes=67108864")
    told("memory_mb", run["rss_mb"], "%d keys, cache of 64 MiB: at most %d MiB resident, %.0f events/s" % (KEYS, run["rss_mb"], run["rate"]))


def restore(bench):
    bench.stack.redis("FLUSHALL")
    begin = time.monotonic()
    daemon = bench.start()
    pause(lambda: "msg=restored" in daemon.log() or 'msg="restored"' in daemon.log(), 120)
    pause(lambda: daemon.status().get("state") == "running", 300)
    seconds = time.monotonic() - begin
    rows = re.findall(r'msg="restored".*records=(\d+) ms=(\d+)', daemon.log())
    states, ms = sum(int(r[0]) for r in rows), sum(int(r[1]) for r in rows)
    daemon.stop(120)
    check(states > 0, "nothing was restored")
    told("restore_rate", states * 1000 / max(ms, 1), "%d records in %.2f s: %.0f states/s (start to running %.1f s); wanted >= 300000" % (
        states, ms / 1000, states * 1000 / max(ms, 1), seconds))


def the_processor_beside_the_raw_loop():
    programs = probe.build("bench", (), ("ho-plain", "probe-tool", "raw-loop", "bench-tool", "count_alloc"))
    parts = {"throughput": throughput, "allocations": allocations, "hop": hop, "comeback": comeback, "flat": flat,
             "memory": memory_of_many, "restore": restore}
    print("  load of the machine %.2f %.2f %.2f, %d cores" % (*os.getloadavg(), os.cpu_count()), flush=True)
    with probe.ProbeStack("bench") as stack:
        bench = Bench(stack, programs, "bench")
        large = None
        try:
            for name in ONLY:
                if name in ("memory", "restore"):
                    large = large or Bench(stack, programs, "large")
                    if name == "restore" and "memory" not in ONLY:
                        large.fill(KEYS, KEYS, first=0)
                        large.plain(KEYS)
                parts[name](large if name in ("memory", "restore") else bench)
        finally:
            for one in (bench, large):
                if one and one.daemon and one.daemon.alive():
                    one.daemon.signal(signal.SIGKILL)
    print("  load of the machine %.2f %.2f %.2f" % os.getloadavg(), flush=True)
    print(json.dumps(FOUND), flush=True)


if __name__ == "__main__":
    main(the_processor_beside_the_raw_loop)
