"""An MLLP client and a gateway of its own, for tests that look at the wire. Standard library alone."""
import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request

from handoff import ROOT, check, freeze, wait_for

BIN = os.environ.get("HO_BIN", os.path.join(ROOT, ".build", "release", "services"))


def frame(message):
    return b"\x0b" + message + b"\x1c\r"


def message(control, event="A01", processing="P", version="2.5.1", tail="", sender="EHR", body="PID|1||77^^^X^MR||A^B\r"):
    head = "MSH|^~\\&|%s|GEN|PLAN|HO|20261101120000||ADT^%s|%s|%s|%s%s\r" % (sender, event, control, processing, version, tail)
    return (head + body).encode("latin-1")


class Client:
    """One connection. answer() gives the bytes between the frame marks."""

    def __init__(self, port, context=None, seconds=15):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            self.socket = context.wrap_socket(self.socket)
        self.seconds, self.held, self.pieces = seconds, b"", 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def write(self, data):
        self.socket.sendall(data)

    def send(self, *messages):
        self.write(b"".join(frame(m) for m in messages))

    def answer(self, seconds=None):
        """The next frame, or None when the peer closed. pieces: how many reads it took."""
        self.socket.settimeout(seconds or self.seconds)
        self.pieces = 0
        while b"\x1c\r" not in self.held:
            data = self.socket.recv(65536)
            if not data:
                return None
            self.pieces += 1
            self.held += data
        first, self.held = self.held.split(b"\x1c\r", 1)
        check(first[:1] == b"\x0b", "an answer begins with %r" % first[:20])
        return first[1:]

    def ask(self, one, seconds=None):
        self.send(one)
        return self.answer(seconds)

    def quiet(self, seconds=0.4):
        """True when nothing comes in that time."""
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(65536)
        except (TimeoutError, ssl.SSLError):
            return True
        self.held += data
        return False

    def closed(self, seconds):
        """True when the peer closes within that time."""
        self.socket.settimeout(seconds)
        try:
            while True:
                data = self.socket.recv(65536)
                if not data:
                    return True
                self.held += data
        except TimeoutError:
            return False
        except (ConnectionError, ssl.SSLError):
            return True


def fields(answer, name):
    """Fields of the first segment of that name; [0] is the name. The separator is the answer's own."""
    separator = answer[3:4]
    for line in answer.split(b"\r"):
        if line.startswith(name.encode()):
            return line.split(separator)
    return None


def code(answer):
    return fields(answer, "MSA")[1].decode() if answer else None


class Gateway:
    """A gateway beside the stack's, with feeds of its own. Ports: base+21 plain, then one a feed in their order."""

    def __init__(self, stack, name, feeds, *options):
        self.stack, self.name, self.options = stack, name, list(options)
        self.dir = os.path.join(stack.dir, "gateway-" + name)
        self.port, self.http = stack.base + 21, stack.base + 60
        self.ports, self.process = {"default": self.port}, None
        os.makedirs(os.path.join(self.dir, "feeds"), exist_ok=True)
        for number, (feed, text) in enumerate(feeds.items()):
            if "[mllp]" in text:
                self.ports[feed] = self.port + 1 + number
                text = text.replace("[mllp]", "[mllp]\nport = %d" % self.ports[feed])
            with open(os.path.join(self.dir, "feeds", feed + ".ini"), "w") as out:
                out.write(text)

    def start(self, *more):
        command = [os.path.join(BIN, "ho-gateway"), "--kafka.bootstrap=" + self.stack.info()["kafka"],
                   "--mllp.listen=127.0.0.1:%d" % self.port, "--handoff.http=127.0.0.1:%d" % self.http,
                   "--feeds.dir=" + os.path.join(self.dir, "feeds"), *self.options, *more]
        self.log = open(os.path.join(self.dir, "log"), "a")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        wait_for("the gateway", self.ready_or_ended)
        check(self.process.poll() is None, "the gateway ended: " + self.said())
        return self

    def ready_or_ended(self):
        return self.process.poll() is not None or self.page("/readyz")[0] == 200

    def said(self):
        with open(os.path.join(self.dir, "log"), errors="replace") as text:
            return "".join(text.readlines()[-5:])

    def page(self, path):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.http, path), timeout=3) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def status(self):
        return json.loads(self.page("/status")[1])

    def feed(self, name):
        return next(f for f in self.status()["feeds"] if f["feed"] == name)

    def metric(self, line):
        """The value of a series as it stands in /metrics, 0 when it is not there."""
        for row in self.page("/metrics")[1].splitlines():
            if row.startswith(line + " "):
                return float(row.split(" ")[-1])
        return 0.0

    def rss_kb(self):
        with open("/proc/%d/status" % self.process.pid) as text:
            return int(next(l for l in text if l.startswith("VmRSS")).split()[1])

    def client(self, feed="default", **kwargs):
        return Client(self.ports[feed], **kwargs)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL if kind else signal.SIGTERM)
        code_ = self.process.wait(30)
        self.log.close()
        if not kind:
            check(code_ in (0, -signal.SIGKILL), "the gateway ended with %d: %s" % (code_, self.said()))
        return False


def raw(stack, feed, topic="ho.adt.raw"):
    """Records of a feed in adt.raw, in their order: (headers, value)."""
    out = subprocess.run(["kcat", "-b", stack.info()["kafka"], "-C", "-e", "-q", "-J", "-o", "beginning", "-t", topic, "-X",
                          "fetch.wait.max.ms=10"], stdout=subprocess.PIPE, check=True, timeout=60).stdout
    rows = [json.loads(line) for line in out.decode("utf-8", "replace").splitlines()]
    rows.sort(key=lambda row: (row["partition"], row["offset"]))
    return [(dict(zip(row["headers"][::2], row["headers"][1::2])), row["payload"]) for row in rows if row["key"] == feed]


class Stopped:
    """The broker stopped as by a debugger: connections stay, nothing is answered."""

    def __init__(self, stack):
        with open(os.path.join(stack.dir, "run", "kafka-1.pid")) as text:
            self.pid = int(text.read())

    def __enter__(self):
        freeze(self.pid)
        return self

    def __exit__(self, *_):
        self.go_on()
        return False

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)


def elapsed(begin):
    return time.monotonic() - begin
