"""What the tests that need a running stack share: a stack of their own, messages, and a comparison as a multiset.

Standard library alone. Every wait is for a condition, with a deadline that fails the test.
"""
import collections
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HO = os.path.join(ROOT, ".build", "release", "services", "ho")


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


def wait_for(what, condition, seconds=60):
    """Polls condition until it gives something true; returns that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failed("waited %d s for %s" % (seconds, what))


TMP = os.environ.get("HO_TMP") or tempfile.mkdtemp()  # one a script: a stack of the same name goes on with its data


class Stack:
    """A stack in a folder of its own. Used as a context: it is gone at the end, whatever happened."""

    def __init__(self, name, *up_args, processors=None):
        """processors: lines of an INI file for every daemon but the gateway."""
        self.dir = os.path.join(TMP, "stack-" + name)
        self.base = int(os.environ.get("HO_BASE_PORT", "21000"))
        self.up_args = list(up_args)
        if processors:
            os.makedirs(os.path.join(self.dir, "etc"))
            with open(os.path.join(self.dir, "etc", "processors.ini"), "w") as out:
                out.write(processors)

    def __enter__(self):
        try:
            self.stack("up", "--base-port", str(self.base), "--partitions", "4", "--keep-all", *self.up_args)
        except Exception:
            self.stack("down")
            raise
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            self.show_logs()
        self.stack("down", *([] if kind else ["--purge"]))
        return False

    def stack(self, verb, *args):
        command = [os.path.join(ROOT, "deploy", "stack"), verb, "--dir", self.dir, *args]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
        check(done.returncode == 0, "%s gave %d:\n%s" % (" ".join(command), done.returncode, done.stdout))
        return done.stdout

    def show_logs(self):
        folder = os.path.join(self.dir, "log")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if not name.startswith("kafka"):
                with open(os.path.join(folder, name), errors="replace") as log:
                    sys.stderr.write("--- %s\n%s" % (name, "".join(log.readlines()[-12:])))

    def ho(self, *args, ok=(0,), timeout=180, **kwargs):
        command = [HO, *args, "--stack", self.dir]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout, **kwargs)
        check(done.returncode in ok, "%s gave %d:\n%s%s" % (" ".join(args), done.returncode, done.stdout, done.stderr))
        return done.stdout

    def info(self):
        with open(os.path.join(self.dir, "stack.json")) as text:
            return json.load(text)

    def http(self, daemon, page):
        """Status code and body; None when nobody answers."""
        address = next(d["http"] for d in self.info()["daemons"] if d["name"] == daemon)
        try:
            with urllib.request.urlopen("http://%s%s" % (address, page), timeout=3) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return None

    def ready(self, daemon):
        answer = self.http(daemon, "/readyz")
        return answer is not None and answer[0] == 200

    def pids(self, daemon):
        """Processes of that daemon that belong to this stack: their command line names its configuration file."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open("/proc/%s/cmdline" % name, "rb") as text:
                        words = text.read().decode(errors="replace").split("\0")
                except OSError:
                    continue
                if os.path.basename(words[0]) == "ho-" + daemon and any(w.startswith(self.dir + "/") for w in words):
                    found.append(int(name))
        return found

    def kill(self, daemon, sig=signal.SIGKILL):
        pids = self.pids(daemon)
        for pid in pids:
            os.kill(pid, sig)
        return pids

    def stop_daemon(self, daemon):
        """Ends a daemon for good: its supervisor first, by the pid file of this stack."""
        with open(os.path.join(self.dir, "run", daemon + ".supervisor.pid")) as text:
            os.kill(int(text.read()), signal.SIGTERM)
        wait_for(daemon + " to stop", lambda: not self.pids(daemon))

    def drain(self, seconds=120):
        self.ho("drain", "--timeout", str(seconds), timeout=seconds + 30)

    def verify(self, *daemons):
        """What each made equals what its core makes in memory of the same inputs; nothing may be on its way."""
        for daemon in daemons or ("identity", "encounters", "notify"):
            done = subprocess.run([os.path.join(ROOT, ".build/release/services/ho-" + daemon), "--config",
                                   os.path.join(self.dir, "etc", daemon + ".ini"), "--verify", "--phi"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
            check(done.returncode == 0, "%s --verify: %s" % (daemon, done.stdout[-1500:]))

    def tail(self, topic):
        lines = self.ho("tail", topic, "--from-start", "--until-end", "--json", "--phi")
        return [json.loads(line) for line in lines.splitlines() if line.strip()]

    def alerts(self):
        """(kind of event, member, visit, revision) of every alert."""
        rows = []
        for record in self.tail("alerts.pcp"):
            value = record["value"]
            rows.append((value["why"]["event_kind"], value["member"]["member_id"], value["encounter"]["visit"],
                         value["identity"]["revision"]))
        return rows

    def redis(self, *args):
        port = self.info()["redis"].rsplit(":", 1)[1]
        return subprocess.run(["redis-cli", "-p", port, *args], stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()

    def load_roster(self, members, provider="P1"):
        folder = os.path.join(self.dir, "data")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "members.ndjson"), "w") as out:
            for member in members:
                out.write(json.dumps(member) + "\n")
        with open(os.path.join(folder, "providers.csv"), "w") as out:
            out.write("provider_id,npi,family,given\n%s,1000000004,Tester,Petra\n" % provider)
        self.ho("providers", "load", os.path.join(folder, "providers.csv"))
        self.ho("roster", "load", os.path.join(folder, "members.ndjson"))
        self.drain()  # identity reads the roster whole: a message sent before that would be parked

    def send(self, messages, name="messages.hl7", any_ack=False):
        """Sends messages over MLLP in order; returns what ho printed."""
        path = os.path.join(self.dir, name)
        with open(path, "w", newline="") as out:
            out.write("\n\n".join(m.replace("\r", "\n") for m in messages) + "\n")
        return self.ho("send", path, *(["--any-ack"] if any_ack else []))


def member(number, provider="P1"):
    """A covered member; number makes the id, the name and the birth date."""
    return {"member_id": "M%06d" % number, "family": "FAMILY%d" % number, "given": "GIVEN%d" % number,
            "birth_date": 19400101 + number % 28, "sex": "F" if number % 2 else "M",
            "coverage": [{"from": 20200101}], "pcp": [{"from": 20200101, "provider_id": provider}]}


def adt(event, patient_class, who, visit, control, time_text="20261101120000", extra=()):
    """One ADT message with the plan's member id in PID-3; `extra` are further segments."""
    lines = [r"MSH|^~\&|EHR|GENERAL|PLAN|HANDOFF|%s||ADT^%s|%s|P|2.5.1" % (time_text, event, control),
             "EVN|%s|%s" % (event, time_text),
             "PID|1||%s^^^PLAN^MB||%s^%s||%d|%s" % (who["member_id"], who["family"], who["given"], who["birth_date"],
                                                    who["sex"]),
             "PV1|1|%s|4N^1^1||||^DOCTOR^DANA||||||||||||%s" % (patient_class, visit)]
    return "\r".join(lines + list(extra)) + "\r"


def same(found, expected, what):
    """Compares as multisets and names each difference."""
    a, b = collections.Counter(found), collections.Counter(expected)
    lost, more = list((b - a).elements()), list((a - b).elements())
    check(not lost and not more, "%s: %d lost %s, %d too many %s" % (what, len(lost), lost[:5], len(more), more[:5]))


def main(*tests):
    """Runs the functions, prints the closing line, and gives the exit code."""
    passed = failed = 0
    for test in tests:
        begin = time.monotonic()
        try:
            test()
            passed += 1
            verdict = "ok"
        except (Failed, subprocess.SubprocessError, KeyError, OSError, ValueError) as error:
            failed += 1
            verdict = "FAILED: %s: %s" % (type(error).__name__, error)
        print("%-40s %5.1f s  %s" % (test.__name__, time.monotonic() - begin, verdict), flush=True)
    print("%d passed, %d failed" % (passed, failed), flush=True)
    sys.exit(1 if failed else 0)
