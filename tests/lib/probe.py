"""The probe (tests/probe) for tests: its programs, seeded input, daemons under faults, and what must have come out.

The model below knows the rules of tests/probe/tally_core.h and nothing of batches, transactions or Redis: it is written
apart from the core, and reads what went in from the same rows that probe-tool was given.
"""
import fcntl
import collections
import contextlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from handoff import ROOT, Failed, Stack, check, wait_for

START_MS = 1790000000000  # of seeded input: long past, so that the wall clock is ahead of it
INPUTS = ("probe.moves", "probe.cancels", "probe.amounts", "probe.profiles")
RATES, LATE_RATES = 32, 8
M64 = (1 << 64) - 1
NO = "-"


def build(folder="faults", options=("-DHO_FAULTS=ON",), targets=()):
    """Builds the probe with fault points; returns the folder of its programs. Quick when nothing changed."""
    build_dir = os.path.join(ROOT, ".build", folder)
    os.makedirs(build_dir, exist_ok=True)
    with open(build_dir + ".lock", "w") as lock:  # two scripts may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        return built(build_dir, options, targets)


def built(build_dir, options, targets):
    made = subprocess.run(["cmake", "-S", ROOT, "-B", build_dir, "-G", "Ninja", "-DHO_PRESET=release", "-DHO_TESTS=ON", *options],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check(made.returncode == 0, made.stdout[-2000:])
    made = subprocess.run(["ninja", "-C", build_dir, *(targets or ("ho-tally", "probe-tool"))], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    check(made.returncode == 0, made.stdout[-2000:])
    return os.path.join(build_dir, "tests")


def fault_points():
    """The names in common/processor, so that none is left out when one is added."""
    found = set()
    folder = os.path.join(ROOT, "common", "processor")
    for name in os.listdir(folder):
        if name.endswith(".c"):
            with open(os.path.join(folder, name)) as text:
                found.update(re.findall(r'ho_fault\("([a-z_]+)"\)', text.read()))
    check(found, "common/processor has no fault points")
    return sorted(found)


PORTS = itertools.count()


def free_port(base):
    """For a daemon's pages: base + 50 to + 89, in turn, leaving out what is in use, be it by a connection."""
    for _ in range(40):
        port = base + 50 + next(PORTS) % 40
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise Failed("no port is free from %d to %d" % (base + 50, base + 89))


class Ground:
    """One broker and one Redis for all cases of a file, each in a namespace of its own."""

    def __init__(self, stack, programs):
        self.stack, self.programs = stack, programs

    def probe(self, ns, **how):
        return Probe(self.stack, self.programs, ns, **how)


def run_case(case, ground, verdicts):
    begin = time.monotonic()
    try:
        case(ground)
        verdicts.append(None)
    except Exception as error:  # of any kind: the case failed
        verdicts.append("%s: %s" % (type(error).__name__, error))
    print("%-52s %5.1f s  %s" % (case.__name__, time.monotonic() - begin, verdicts[-1] or "ok"), flush=True)


def builds_not():
    """Builds all that a case needs; what is wrong, or nothing. For mutants: one that does not build proves nothing."""
    for folder, tests, targets in (("release", "OFF", ["ho"]), ("faults", "ON", ["ho-tally", "probe-tool"])):
        for command in (["cmake", "-S", ROOT, "-B", os.path.join(ROOT, ".build", folder), "-G", "Ninja", "-DHO_PRESET=release",
                         "-DHO_TESTS=" + tests, "-DHO_FAULTS=ON"],
                        ["ninja", "-C", os.path.join(ROOT, ".build", folder), *targets]):
            if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
                return " ".join(command)
    return ""


def run_cases(name, *groups):
    """Runs the cases of a group at once, the groups in turn; the arguments name cases, all without any. Prints the closing
    line and gives the exit code. --build only builds, and gives 77 where that fails."""
    if sys.argv[1:] == ["--build"]:
        sys.exit(77 if builds_not() else 0)
    wanted, verdicts = set(sys.argv[1:]), []
    groups = [[case for case in group if not wanted or case.__name__ in wanted] for group in groups]
    if wanted - {case.__name__ for group in groups for case in group}:
        sys.exit("cases: " + " ".join(sorted(wanted)))
    try:
        programs = build()
        with ProbeStack(name) as stack:
            for group in groups:
                threads = [threading.Thread(target=run_case, args=(case, Ground(stack, programs), verdicts)) for case in group]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            if any(verdicts):
                stack.show_logs()
    except (Failed, subprocess.SubprocessError, OSError) as error:
        verdicts.append(str(error))
        print("FAILED: %s" % error)
    failed = sum(1 for v in verdicts if v)
    print("%d passed, %d failed" % (len(verdicts) - failed, failed), flush=True)
    sys.exit(1 if failed or not verdicts else 0)


def murmur2(key):
    """As org.apache.kafka.common.utils.Utils computes it."""
    data, m, mask = key.encode(), 0x5bd1e995, 0xffffffff
    h = (0x9747b28c ^ len(data)) & mask
    for i in range(0, len(data) // 4 * 4, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    tail = data[len(data) // 4 * 4:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)


def partition_of(key, count):
    return (murmur2(key) & 0x7fffffff) % count


def scramble(number):
    """splitmix64."""
    z = (number + 0x9e3779b97f4a7c15) & M64
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9 & M64
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb & M64
    return z ^ (z >> 31)


def signed(number):
    number &= M64
    return number - (1 << 64) if number >> 63 else number


Row = collections.namedtuple("Row", "topic key ts kind id amount rate other due mark")


def row(topic, key, ts, kind="ADD", id=0, amount=0, rate=NO, other=NO, due=0, mark=NO):
    return Row(topic, key, ts, kind, id, amount, rate, other, due, mark)


class Input:
    """Seeded input in the order of its timestamps; each call of rows() goes on where the last one ended."""

    def __init__(self, seed, keys=200, partitions=4):
        self.random = random.Random(seed)
        self.partitions = partitions
        self.keys = ["K%05d" % n for n in range(keys)]
        self.homes = collections.defaultdict(list)
        for key in self.keys:
            self.homes[partition_of(key, partitions)].append(key)
        self.time, self.next_id = START_MS, 1
        self.waiting, self.reminders = collections.Counter(), collections.Counter()
        self.later, self.gave_late = [], False  # cancels whose time has not come

    def id(self):
        self.next_id += 1
        return self.next_id - 1

    def tables(self):
        rates = [row("probe.rates", "R%03d" % n, self.time, amount=n + 2) for n in range(RATES)]
        return rates + [row("probe.profiles", key, self.time, amount=n) for n, key in enumerate(self.keys)]

    def late_rates(self):
        if self.gave_late:
            return []
        self.gave_late = True
        return [row("probe.rates", "R%03d" % n, self.time, amount=n + 2) for n in range(RATES, RATES + LATE_RATES)]

    def add(self, key):
        other, rate = NO, NO
        if self.random.random() < 0.15:
            other = self.random.choice(self.homes[partition_of(key, self.partitions)])
            other = NO if other == key else other
        if self.random.random() < 0.3:
            late = self.random.random() < 0.2 and all(k == NO or self.waiting[k] < 6 for k in (key, other))
            rate = "R%03d" % (RATES + self.random.randrange(LATE_RATES) if late else self.random.randrange(RATES))
            self.waiting.update([key, other] if late else [])
        return row("probe.moves", key, self.time, "ADD", self.id(), self.random.randrange(1, 1000), rate, other)

    def remind(self, key):
        number, due = self.id(), self.time + self.random.randrange(5, 400)
        self.reminders[key] += 1
        if self.random.random() < 0.6:
            topic = "probe.cancels" if self.random.random() < 0.7 else "probe.moves"
            when = self.random.randrange(self.time, due + 60)
            self.later.append(row(topic, key, when, "CANCEL", number))
        return row("probe.moves", key, self.time, "REMIND", number, due=due)

    def one(self):
        key, dice = self.random.choice(self.keys), self.random.random()
        if dice < 0.15 and self.reminders[key] < 10:
            return self.remind(key)
        if dice < 0.40:
            return row("probe.amounts", key, self.time, "AMOUNT", self.id(), self.random.randrange(1, 100))
        if dice < 0.44:
            return row("probe.profiles", key, self.time, "PROFILE" if dice < 0.43 else "TOMBSTONE", 0,
                       self.random.randrange(1000))
        if dice < 0.46:
            return row("probe.moves", key, self.time, "NOTHING", self.id())
        return self.add(key)

    def rows(self, count, tick=0):
        """tick: after so many records the clock is told."""
        out = []
        for n in range(count):
            if tick and n % tick == tick - 1:
                out.append(self.clock())
            self.time += self.random.randrange(3)
            out += sorted((r for r in self.later if r.ts <= self.time), key=lambda r: r.ts)
            self.later = [r for r in self.later if r.ts > self.time]
            out.append(self.one())
        return out

    def clock(self, ahead=0):
        """The time up to which everything was given. No record comes with an earlier one."""
        self.time += 1 + ahead
        return row("clock", "now", self.time - 1)

    def settle(self):
        """The cancels still to come."""
        out = sorted(self.later, key=lambda r: r.ts)
        self.later, self.time = [], max([self.time] + [r.ts for r in out])
        return out

    def rest(self):
        """Cancels still to come, the rates still to come, and a time past everything."""
        return self.settle() + self.late_rates() + [self.clock(10000)]


class Expected:
    """What must have come out of these rows, by the rules alone."""

    def __init__(self, rows):
        self.totals, self.done, self.dead, self.ignored = {}, {}, collections.Counter(), 0
        rates = {r.key: r.amount for r in rows if r.topic == "probe.rates"}
        reminders, cancels = {}, collections.defaultdict(list)
        for r in rows:
            if r.topic in ("clock", "probe.rates"):
                continue
            if r.mark != NO or r.kind == "RAW":
                self.dead[(r.topic, "" if r.key == NO else r.key, r.mark if r.kind != "RAW" else "RAW")] += 1
            elif r.kind == "NOTHING":
                self.ignored += 1
            elif r.topic == "probe.amounts":
                self.count(r.key, bulk_count=1, bulk_sum=r.amount, mix=scramble(r.id))
            elif r.topic == "probe.profiles":
                self.count(r.key)["bound"] = None if r.kind == "TOMBSTONE" else r.amount
            elif r.kind == "ADD":
                self.add(r, rates)
            elif r.kind == "REMIND":
                self.count(r.key)
                reminders[r.id] = r
            else:
                self.count(r.key)
                cancels[r.id].append(r.ts)
        self.reminders = {i: r for i, r in reminders.items() if not any(ts < r.due for ts in cancels[i])}
        for r in self.reminders.values():
            self.count(r.key, fired=1)

    def count(self, key, **changes):
        total = self.totals.setdefault(key, dict(count=0, sum=0, mix=0, bulk_count=0, bulk_sum=0, bound=None, waiting=0, fired=0))
        for name, value in changes.items():
            total[name] += value
        total["mix"] = signed(total["mix"])
        return total

    def add(self, r, rates):
        factor = 1 if r.rate == NO else rates.get(r.rate)
        for key, amount in ((r.key, r.amount), (r.other, -r.amount)):
            if key == NO:
                continue
            if factor is None:
                self.count(key, waiting=1)
            else:
                self.count(key, count=1, sum=amount * factor, mix=scramble(r.id))
        self.done[r.id] = None if factor is None else r.amount * factor


class Daemon:
    """One process of the probe, its log and its pages."""

    def __init__(self, command, log, address, env):
        self.address, self.log_path = address, log
        with open(log, "ab") as out:
            self.begin = out.tell()
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=dict(os.environ, **env))

    def log(self):
        with open(self.log_path, errors="replace") as text:
            text.seek(self.begin)
            return text.read()

    def page(self, name):
        try:
            with urllib.request.urlopen("http://%s%s" % (self.address, name), timeout=3) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return ""

    def status(self):
        try:
            return json.loads(self.page("/status") or "{}")
        except ValueError:
            return {}

    def metric(self, name):
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.page("/metrics").splitlines()
                   if line.startswith(name + "{") or line.startswith(name + " "))

    def alive(self):
        return self.process.poll() is None

    def running(self):
        check(self.alive(), "the daemon ended with %s:\n%s" % (self.process.poll(), self.log()[-1500:]))
        return self.status().get("state") == "running"

    def committed(self):
        return self.metric("ho_batches_total")

    def signal(self, number):
        if self.alive():
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.process.wait(30)

    def stop(self, seconds=60):
        self.signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        check(code == 0, "the daemon did not stop cleanly, %s:\n%s" % (code, self.log()[-1500:]))


class Keeper:
    """Starts the probe again whenever it ends, as a supervisor does. `lives` are its processes, `codes` how they ended."""

    def __init__(self, probe, **how):
        self.probe, self.how, self.codes, self.stopping = probe, how, [], False
        self.daemon = probe.start(**how)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopping:
            try:
                code = self.daemon.process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            if self.stopping:
                return
            self.codes.append(code)
            self.daemon = self.probe.start(**self.how)

    def running(self):
        return self.daemon.alive() and self.daemon.status().get("state") == "running"

    def done(self):
        """No more starts; the last life."""
        self.stopping = True
        self.thread.join()
        return self.daemon

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.done()
        return False


class OwnRedis:
    """A redis-server of the test's own, that it may kill, empty and set back."""

    def __init__(self, stack, offset=11):
        self.dir, self.port, self.process = os.path.join(stack.dir, "own-redis"), stack.base + offset, None
        os.makedirs(self.dir)
        self.address = "127.0.0.1:%d" % self.port
        self.start()

    def start(self):
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                                             "--appendonly", "no", "--dir", self.dir], stdout=log, stderr=log)
        wait_for("redis", self.answers, 20)

    def answers(self):
        try:
            return Redis(self.address)("PING") == "PONG"
        except (OSError, ValueError, Failed):  # also while it loads
            return False

    def kill(self):
        self.process.kill()
        self.process.wait(20)

    def keep_copy(self):
        Redis(self.address)("SAVE")
        shutil.copy(os.path.join(self.dir, "dump.rdb"), os.path.join(self.dir, "kept.rdb"))

    def come_back(self, kept=False):
        """Empty, or as it was when the copy was kept."""
        path = os.path.join(self.dir, "dump.rdb")
        if os.path.exists(path):
            os.remove(path)
        if kept:
            shutil.copy(os.path.join(self.dir, "kept.rdb"), path)
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.kill()
        return False


class Redis:
    """Just enough of RESP to read binary values."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.file = socket.create_connection((host, int(port)), 60).makefile("rwb")

    def __call__(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.file.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        self.file.flush()
        return self.reply()

    def reply(self):
        line = self.file.readline()[:-2]
        check(line[:1] != b"-", "redis: %s" % line)
        if line[:1] in b"$*":
            size = int(line[1:])
            if size < 0:
                return None
            if line[:1] == b"*":
                return [self.reply() for _ in range(size)]
            return self.file.read(size + 2)[:-2]
        return int(line[1:]) if line[:1] == b":" else line[1:].decode()

    def pairs(self, *words):
        flat = self(*words)
        return dict(zip(flat[::2], flat[1::2]))


class Probe:
    """A namespace of the probe on a stack, what was given to it, and its daemons."""

    def __init__(self, stack, programs, ns, seed=1, keys=200, partitions=4, redis=None):
        self.stack, self.programs, self.ns, self.partitions = stack, programs, ns, partitions
        info = stack.info()
        self.kafka, self.redis_address = info["kafka"], redis or info["redis"]
        self.input, self.sent, self.daemons = Input(seed, keys, partitions), [], []
        self.state_dir = os.path.join(stack.dir, "run", ns)
        os.makedirs(self.state_dir)
        wait_for("topics of " + ns, self.created, 60)
        self.produce([self.input.clock()] + self.input.tables())

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for daemon in self.daemons:
            if daemon.alive():
                daemon.signal(signal.SIGCONT)
                daemon.kill()
        return False

    def command(self, verb, *args):
        return [os.path.join(self.programs, "probe-tool"), verb, "--kafka", self.kafka, "--ns", self.ns, *args]

    def created(self):
        """A busy broker may take its time to know what it has made."""
        done = subprocess.run(self.command("create", "--partitions", str(self.partitions)), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=120)
        check(done.returncode == 0 or "there is no topic" in done.stderr, done.stderr[-500:])
        return done.returncode == 0

    def tool(self, verb, *args, text=None):
        done = subprocess.run(self.command(verb, *args), input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=300)
        check(done.returncode == 0, "probe-tool %s gave %d: %s" % (verb, done.returncode, done.stderr[-1000:]))
        return done.stdout

    def produce(self, rows, rate=0):
        self.sent += rows
        self.write(rows, rate)

    def write(self, rows, rate=0):
        """Past the model: what it does not know of."""
        text = "".join("\t".join(str(cell) for cell in r) + "\n" for r in rows)
        self.tool("produce", "--rate", str(rate), text=text)

    @contextlib.contextmanager
    def traffic(self, rate=600):
        """Records come at this rate, and the clock is told, as long as the block runs."""
        stop, failures = threading.Event(), []

        def run():
            while not stop.is_set():
                try:
                    self.produce(self.input.rows(rate // 2) + [self.input.clock()], rate)
                except Exception as error:
                    failures.append(error)
                    return
        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            if failures:
                raise failures[0]

    def daemon_command(self, instance, *options):
        return [os.path.join(self.programs, "ho-tally"), "--handoff.namespace=" + self.ns, "--handoff.instance=" + instance,
                "--handoff.clock=topic", "--kafka.bootstrap=" + self.kafka, "--redis.address=" + self.redis_address,
                "--kafka.session_timeout_ms=6000", "--processor.state_dir=" + self.state_dir, *options]

    def verify_itself(self):
        """The daemon's own --verify. It decides all records anew, so none may be one that crashes it."""
        if any(r.mark == "CRASH" for r in self.sent):
            return []
        done = subprocess.run(self.daemon_command("tally-1", "--verify"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=300)
        return [] if done.returncode == 0 else ["--verify gave %d: %s" % (done.returncode, done.stdout[-1500:])]

    def start(self, instance="tally-1", fault="", options=()):
        """fault is POINT:N[:stop], of common/processor/fault.c."""
        address = "127.0.0.1:%d" % free_port(self.stack.base)
        command = self.daemon_command(instance, "--handoff.http=" + address, *options)
        command += ["--processor.fault=" + fault] if fault else []
        log = os.path.join(self.stack.dir, "log", "%s-%s.log" % (self.ns, instance))
        daemon = Daemon(command, log, address, {})
        self.daemons.append(daemon)
        return daemon

    def was_hit(self, point, instance="tally-1"):
        """Whether a life of this instance ended, or stopped, at that point."""
        try:
            with open(os.path.join(self.state_dir, "%s.tally.%s.faults" % (self.ns, instance))) as text:
                return point in text.read().split()
        except OSError:
            return False

    def members(self):
        """The group's state, and its members' names."""
        page = json.loads(self.tool("members", "--group", self.ns + ".tally"))
        return page["state"], sorted(name.rsplit("-", 5)[0] for name in page["members"])

    def lose_view(self):
        """Every key of this namespace is gone from Redis."""
        redis = Redis(self.redis_address)
        for key in redis("KEYS", "{%s:tally:*" % self.ns):
            redis("UNLINK", key)

    def started(self, **how):
        daemon = self.start(**how)
        wait_for("the probe to run", daemon.running, 60)
        return daemon

    def read(self, topic, *args):
        return [json.loads(line) for line in self.tool("read", "--topic", topic, *args).splitlines()]

    def drained(self, daemon, seconds=90):
        """Waits until nothing is left to read, twice over with equal positions."""
        seen = []

        def idle():
            page = daemon.status() if daemon.running() else {}
            rows = page.get("partitions", [])
            seen.append([(r["topic"], r["partition"], r["next"]) for r in rows])
            still = len(seen) > 1 and seen[-1] == seen[-2]
            return rows and still and all(r["lag"] == 0 for r in rows)
        try:
            wait_for("%s to drain" % self.ns, idle, seconds)
        except Failed as error:
            rows = [r for r in daemon.status().get("partitions", []) if r["lag"]]
            raise Failed("%s; %s %s; %s" % (error, daemon.status().get("state"), daemon.status().get("reason"), rows[:6]))

    def finish(self, daemon):
        """Gives what is still to be given, waits until it is through, and compares everything."""
        self.produce(self.input.rest())
        self.drained(daemon)
        self.verify(daemon)

    def verify(self, daemon=None, reminders_wait=20):
        expected = Expected(self.sent)

        def all_fired():
            return len(self.read("probe.reminders")) >= len(expected.reminders)
        try:
            wait_for("the last reminders", all_fired, reminders_wait)
        except Failed:  # the comparison says which
            pass
        if daemon:
            self.drained(daemon)
        problems = self.differences(expected) + self.verify_itself()
        check(not problems, "%s: %d differences: %s" % (self.ns, len(problems), "; ".join(problems[:8])))
        return expected

    def differences(self, expected):
        return (self.told_differences(expected) + self.done_differences(expected) + self.reminder_differences(expected) +
                self.dead_differences(expected) + self.view_differences(expected) + self.offset_differences())

    def told_differences(self, expected):
        problems, last, seen = [], {}, collections.defaultdict(list)
        for record in self.read("probe.told"):
            value = record["value"]
            seen[value["key"]].append(value["revision"])
            if record["partition"] != partition_of(value["key"], self.partitions):
                problems.append("told of %s in partition %d" % (value["key"], record["partition"]))
            if value["revision"] >= last.get(value["key"], {"revision": 0})["revision"]:
                last[value["key"]] = value
            want_id = "tell_%s.%d" % (value["key"], value["revision"])
            if record["headers"].get("ce_id") != want_id:
                problems.append("ce_id of %s is %s" % (want_id, record["headers"].get("ce_id")))
        for key, revisions in seen.items():
            if revisions != list(range(1, len(revisions) + 1)):
                odd = [a for a, b in zip(revisions, range(1, len(revisions) + 1)) if a != b]
                problems.append("told of %s: %d records, out of order or doubled from %s" % (key, len(revisions), odd[:3]))
        for key in set(last) | set(expected.totals):
            found = {k: v for k, v in last.get(key, {}).items() if k not in ("key", "revision")}
            if found != expected.totals.get(key):
                want = expected.totals.get(key) or {}
                problems.append("told of %s: %s" % (key, {k: (found.get(k), want.get(k)) for k in set(found) | set(want)
                                                          if found.get(k) != want.get(k)}))
        return problems

    def done_differences(self, expected):
        problems, seen, last = [], collections.defaultdict(list), {}
        for record in self.read("probe.done"):
            value = record["value"]
            seen[value["id"]].append(value["revision"])
            last[value["id"]] = value["value"]
            if record["partition"] != partition_of(str(value["id"]), 3):
                problems.append("done %d in partition %d" % (value["id"], record["partition"]))
        for number in set(seen) | set(expected.done):
            if seen.get(number) not in ([1], [1, 2]):
                problems.append("done %d has revisions %s" % (number, seen.get(number)))
            elif number not in expected.done or last[number] != expected.done[number]:
                problems.append("done %d is %s, not %s" % (number, last[number], expected.done.get(number, "there")))
        return problems

    def reminder_differences(self, expected):
        problems, seen = [], collections.Counter()
        for record in self.read("probe.reminders"):
            value = record["value"]
            seen[value["id"]] += 1
            want = expected.reminders.get(value["id"])
            if not want:
                problems.append("reminder %d fired, and was cancelled before it was due" % value["id"])
            elif (value["key"], value["due_ms"], record["ts"]) != (want.key, want.due, want.due):
                problems.append("reminder %d: %s at %s, not %d" % (value["id"], value, record["ts"], want.due))
        return problems + ["reminder %d fired %d times" % (i, seen[i]) for i in set(expected.reminders) | set(seen) if seen[i] != 1]

    def dead_differences(self, expected):
        found, reasons = collections.Counter(), []
        for record in self.read("dlq.tally"):
            headers = record["headers"]
            reason = headers.get("__connect.errors.exception.class.name", "")
            mark = {"tally.7 poison": "POISON", "processor.too_large": "HUGE"}.get(reason)
            if not mark:
                mark = "CRASH" if "crash" in reason else "RAW"
            reasons.append(reason)
            found[(headers["__connect.errors.topic"][len(self.ns) + 1:], record["key"], mark)] += 1
        if found == expected.dead:
            return []
        return ["dead letters: too many %s, missing %s (reasons %s)" % (
            list((found - expected.dead).items())[:3], list((expected.dead - found).items())[:3], sorted(set(reasons))[:5])]

    def keys_of(self, partition, suffix):
        return "{%s:tally:%d}:%s" % (self.ns, partition, suffix)

    def view_differences(self, expected=None):
        """States in Redis beside the fold of the changelog, as bytes; due times and views beside the model, if given."""
        problems, redis, fold = [], Redis(self.redis_address), [{} for _ in range(self.partitions)]
        ends = [0] * self.partitions
        for record in self.read("tally.changelog", "--hex"):
            if partition_of(record["key"], self.partitions) != record["partition"]:
                problems.append("state %s in partition %d" % (record["key"], record["partition"]))
            fold[record["partition"]][record["key"].encode()] = bytes.fromhex(record["hex"])
            ends[record["partition"]] = record["offset"] + 1
        for p in range(self.partitions):
            states = redis.pairs("HGETALL", self.keys_of(p, "s"))
            if states != fold[p]:
                odd = [k for k in set(states) | set(fold[p]) if states.get(k) != fold[p].get(k)]
                problems.append("%d states of partition %d differ from the changelog: %s" % (len(odd), p, odd[:3]))
            applied = int(redis("HGET", self.keys_of(p, "m"), "applied") or -1)
            if fold[p] and applied < ends[p]:
                problems.append("partition %d is applied to %d, its last state lies at %d" % (p, applied, ends[p] - 1))
            problems += self.views_of(redis, p, expected) if expected else []
        return problems

    def views_of(self, redis, p, expected):
        mine = {k: t for k, t in expected.totals.items() if partition_of(k, self.partitions) == p}
        want = {k.encode(): ("%(count)d %(sum)d %(bulk_count)d %(bulk_sum)d" % t).encode() for k, t in mine.items()}
        found = redis.pairs("HGETALL", self.keys_of(p, "v:totals"))
        problems = []
        if found != want:
            odd = [(k, found.get(k), want.get(k)) for k in set(found) | set(want) if found.get(k) != want.get(k)]
            problems.append("view totals of partition %d: %d differ: %s" % (p, len(odd), odd[:3]))
        want = {k.encode(): b"%d" % t["waiting"] for k, t in mine.items() if t["waiting"]}
        found = redis.pairs("ZRANGE", self.keys_of(p, "v:open"), "0", "-1", "WITHSCORES")
        if found != want:
            problems.append("view open of partition %d is %s, not %s" % (p, list(found.items())[:3], list(want.items())[:3]))
        due = redis.pairs("ZRANGE", self.keys_of(p, "due"), "0", "-1", "WITHSCORES")
        if due:
            problems.append("due times of partition %d are left: %s" % (p, list(due.items())[:3]))
        return problems

    def offset_differences(self):
        lines = self.tool("offsets", "--group", self.ns + ".tally", "--topics", ",".join(INPUTS)).splitlines()
        rows = [json.loads(line) for line in lines]
        problems, last = [], {}
        for r in rows:
            if r["end"] == 0 or r["committed"] == r["end"]:
                continue
            if r["topic"] not in last:  # control records behind the last record may be left out
                last[r["topic"]] = {}
                for record in self.read(r["topic"]):
                    last[r["topic"]][record["partition"]] = record["offset"] + 1
            if not last[r["topic"]].get(r["partition"], 0) <= r["committed"] <= r["end"]:
                problems.append("%(topic)s [%(partition)d] is committed to %(committed)d of %(end)d" % r)
        return problems


class ProbeStack(Stack):
    """A broker and a Redis, no daemon of the product."""

    def __init__(self, name, *args):
        super().__init__(name, "--no-daemons", *args)
