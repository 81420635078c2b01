#!/usr/bin/python3
"""Real messages of many senders (HO_HL7_SAMPLES, or ../shared/hl7 beside the checkout) through a real gateway and identity:
alone, glued, in two pieces, and cut off. Each answer is what the gateway's numbered rules say of the message, which is read here
by other means; each stored message lies in adt.raw byte for byte; identity accounts for each. Without the folder: 0 files.

HO_SEED: of the positions that are drawn. HO_SAMPLES=all: every message in two pieces at every byte, short ones cut off at each.
"""
import collections
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import ROOT, Stack, check, main, member, same, wait_for  # noqa: E402
from mllp import Client, fields, frame, message  # noqa: E402

FOLDER = os.environ.get("HO_HL7_SAMPLES", os.path.join(ROOT, "..", "shared", "hl7"))
ALL = os.environ.get("HO_SAMPLES") == "all"
SEED = int(os.environ.get("HO_SEED", str(int(time.time()))))
PATIENTS_MAX = 8     # of a frame, for identity
AT_ONCE_S = 3       # on a busy machine; a message that waits for a time-out of the gateway's takes longer
DRAWN = 6           # positions of a message that is not cut at each byte
CUT_OFF_BYTES = 700 # with HO_SAMPLES=all: longer ones are cut off at positions that are drawn
RSS_KB_MAX = 64 * 1024
NO_PATIENT = {b"A19", b"A20", b"A56", b"A57", b"A58", b"A59"}
STRICT = {"types": {b"ADT^A01", b"ADT^A08", b"ADT^A28", b"ADT^A40", b"ORU"}, "versions": {b"2.3", b"2.5.1", b"2.8"}, "processing": b"P"}
STRICT_INI = "[feed]\ntypes = ADT^A01 ADT^A08 ADT^A28 ADT^A40 ORU\nversions = 2.3 2.5.1 2.8\nprocessing_ids = P\n" \
             "[mllp]\nport = %d\nack = enhanced\non_content_error = refuse\n"

random_of = random.Random(SEED)


# ---- the rules of gateway_core.h, read again


def header(text):
    """MSH as a list of fields, [n] is MSH-n, behind blank lines and batch headers; None when there is none to read."""
    for line in re.split(rb"[\r\n]", text[3:] if text.startswith(b"\xef\xbb\xbf") else text):
        line = line.lstrip(b" \t\0")
        name, separator = line[:3].upper(), line[3:4]
        if not line or (name in (b"FHS", b"BHS") and separator and not separator.isalnum()):
            continue
        if name != b"MSH" or not re.match(rb"[!-/:-@\[-`{-~]", separator):
            return None
        parts = line.split(separator)
        encoding = parts[1].rstrip(b" \t\0")
        marks = encoding[:2] + encoding[3:] if encoding[2:4] == b"\\\\" else encoding
        good = 1 <= len(encoding) <= 6 and re.fullmatch(rb"[!-/:-@\[-`{-~]+", encoding) and len(set(marks + separator)) == len(marks) + 1
        return [b"MSH", separator, encoding] + [part for part in parts[2:]] if good else None
    return None


def part(msh, field, component=1):
    """A component of the first repetition; a value of blanks stays one."""
    value = msh[field] if len(msh) > field else b""
    repetition, mark = msh[2][1:2], msh[2][:1]
    value = value.split(repetition)[0] if repetition else value
    parts = value.split(mark)
    return parts[component - 1] if len(parts) >= component else b""


def patient_is_there(text):
    """A PID between the first MSH and the second."""
    lines = [line.lstrip(b" \t\0\xef\xbb\xbf")[:4].upper() for line in re.split(rb"[\r\n]", text)]
    starts = [at for at, line in enumerate(lines) if line[:3] == b"MSH"] + [len(lines)]
    return any(line[:3] == b"PID" for line in lines[starts[0]:starts[1]])


def asked(condition, good):
    return {b"NE": False, b"ER": not good, b"SU": good}.get(condition, True)


def verdict(text, strict):
    """Rules 2 to 4: refused with which code of table 0357, or stored (0; 199: not understood)."""
    msh = header(text)
    if msh is None:
        return 100, None
    kind, event = part(msh, 9), part(msh, 9, 2)
    if not kind:
        return 200, msh
    accepted = STRICT["types"] if strict else {kind}
    if kind not in accepted and kind + b"^" + event not in accepted:
        return (201 if any(one.startswith(kind + b"^") for one in accepted) else 200), msh
    mode, version = part(msh, 11), part(msh, 12)
    if mode and (len(mode) != 1 or mode not in (STRICT["processing"] if strict else b"PTD")):
        return 202, msh
    if strict and version and version not in STRICT["versions"]:
        return 203, msh
    if strict and kind == b"ADT" and event not in NO_PATIENT and not patient_is_there(text):
        return 199, msh
    return 0, msh


def expected_of(text, strict):
    """Answer code ("" for silence), MSA-2, code in ERR (0: none), and whether it is stored. Rule 6."""
    problem, msh = verdict(text, strict)
    accept, application = (part(msh, 15), part(msh, 16)) if msh else (b"", b"")
    original, good = ("AA" if not problem else "AE" if problem == 199 else "AR"), not problem
    if strict or accept not in (b"", b"NE"):
        code = "C" + original[1] if asked(accept, good) else ""
    elif application not in (b"", b"NE"):
        code = original if asked(application, good) else ""
    else:
        code = "" if accept else original
    return code, (msh[10] if msh and len(msh) > 10 else b""), problem, problem in (0, 199)


def error_in(answer):
    """The code in ERR: ERR-1.4.1 up to 2.4, ERR-3.1 later; 0 without ERR."""
    found = re.search(rb"(?:\^|\||@)(100|199|20[0-3])(?=[^0-9]|$)", b"\r".join(l for l in answer.split(b"\r") if l.startswith(b"ERR")))
    return int(found.group(1)) if found else 0


# ---- the samples


def unframed(text):
    return text[1:].rstrip(b"\r\n").rstrip(b"\x1c") if text.startswith(b"\x0b") else text


def messages_of(text):
    """A file, and each message in it where there are several."""
    starts = [m.start() for m in re.finditer(rb"(?:(?<=[\r\n])|^)MSH[!-/:-@\[-`{-~]", text)]
    parts = [text[a:b] for a, b in zip(starts, starts[1:] + [len(text)])]
    return [text] + (parts if len(parts) > 1 else [])


def read_samples():
    files = []
    for folder, _, names in sorted(os.walk(FOLDER)):
        for name in sorted(names):
            if name.endswith((".hl7", ".ndhl7")):
                with open(os.path.join(folder, name), "rb") as text:
                    files.append((os.path.relpath(os.path.join(folder, name), FOLDER), unframed(text.read())))
    return files


FILES = read_samples()
MESSAGES = list({text: name for name, whole in FILES for text in messages_of(whole)}.items())
SHORT = sorted((text for text, _ in MESSAGES if verdict(text, False)[0] == 0 and len(text) < 300), key=len)
SINGLE = {text for text, _ in MESSAGES if len(messages_of(text)) == 1}
REPRESENTATIVE = set(SHORT[:2] + SHORT[-2:] + [text for text, _ in MESSAGES if len(text) < 90])


class Sender:
    """One feed: two connections, what was sent and stored, and a count of the messages that are good."""

    def __init__(self, feed, port):
        self.feed, self.strict = feed, feed == "strict"
        self.one, self.other = Client(port), Client(port)
        self.stored = collections.Counter()
        self.answers, self.good, self.slowest = {}, 0, 0.0

    def note(self, text):
        """It is sent; what must be answered. With a control id the same bytes are one record (rule 10)."""
        expected = expected_of(text, self.strict)
        if expected[3]:
            self.stored[text] = 1 if expected[1] else self.stored[text] + 1
        return expected

    def judge(self, text, expected, answer, what):
        code, control, problem, stored = expected
        msa = fields(answer, "MSA")
        check(msa is not None and msa[1].decode() == code and msa[2] == control and error_in(answer) == problem,
              "%s %s: %r is not %s" % (self.feed, what, answer, expected))
        if stored and control:
            check(self.answers.setdefault(text, bytes(answer)) == answer, "%s %s: another answer for the same bytes" % (self.feed, what))

    def good_one(self, reused=False):
        """What is sent to see that the gateway serves; or the last one again."""
        self.good += 0 if reused and self.good else 1
        return message("good-%s-%d" % (self.feed, self.good))

    def ask_good(self, client, what, reused=False):
        text, begin = self.good_one(reused), time.monotonic()
        client.send(text)
        self.judge(text, self.note(text), client.answer(), "good one after " + what)
        self.slowest = max(self.slowest, time.monotonic() - begin)
        check(self.slowest < AT_ONCE_S, "after %s a good message waited %.1f s" % (what, self.slowest))

    def alone(self, text, what):
        expected = self.note(text)
        self.one.send(text)
        if expected[0]:
            self.judge(text, expected, self.one.answer(), what)
        self.ask_good(self.one, what)  # an answer that nobody asked for would be read here

    def glued(self, texts, what):
        """Many frames in one write; a thread writes, since the gateway does not read while its answers are not taken."""
        expected = [(text, self.note(text)) for text in [*texts, self.good_one()]]
        writer = threading.Thread(target=self.one.send, args=[text for text, _ in expected])
        writer.start()
        for text, one in expected:
            if one[0]:
                self.judge(text, one, self.one.answer(), what)
        writer.join()

    def in_two(self, text, at, what):
        """Once the other connection has been served, the gateway has read the first piece."""
        expected, framed = self.note(text), frame(text)
        self.one.write(framed[:at])
        self.ask_good(self.other, "half of " + what, reused=True)
        self.one.write(framed[at:])
        if expected[0]:
            self.judge(text, expected, self.one.answer(), "%s in two at %d" % (what, at))
        else:
            self.ask_good(self.one, what, reused=True)


def positions(text, every, count):
    return range(1, count) if every else sorted(random_of.sample(range(1, count), min(DRAWN, count - 1))) if count > 1 else []


def send_all(sender):
    for text, name in MESSAGES:
        sender.alone(text, name)
    sender.glued([text for text, _ in MESSAGES], "all of them glued")
    for name, whole in FILES:
        if len(messages_of(whole)) > 1:
            sender.glued(messages_of(whole)[1:], name + " glued")
    for text, name in MESSAGES:
        for at in positions(text, ALL or text in REPRESENTATIVE, len(frame(text))):
            sender.in_two(text, at, name)
    for text, name in MESSAGES:
        every = text in REPRESENTATIVE or (ALL and len(text) < CUT_OFF_BYTES)
        parts = [text[:at] for at in positions(text, every, len(text))]
        # What was sent before may have left the window of answers; then it is another record, which identity drops.
        sender.glued([one for one in parts if not sender.stored[one]], name + " cut off")
    sender.one.socket.close()
    sender.other.socket.close()


# ---- what became of it


def records(stack, topic):
    """(key, message id, bytes) of each record, byte for byte."""
    out = subprocess.run(["kcat", "-b", stack.info()["kafka"], "-C", "-e", "-q", "-o", "beginning", "-t", topic, "-X",
                          "isolation.level=read_committed", "-f", "%k\\n%h\\n%S\\n%s\\n"],
                         stdout=subprocess.PIPE, check=True, timeout=300).stdout
    rows, at = [], 0
    while at < len(out):
        key, headers, size, rest = out[at:at + 8192].split(b"\n", 3)
        begin = at + len(key) + len(headers) + len(size) + 3
        at = begin + max(int(size), 0) + 1
        found = re.search(rb"ho-message-id=([^,]*)", headers)
        rows.append((key.decode(), found.group(1).decode() if found else "", out[begin:at - 1]))
    return rows


def counted(stack, series):
    """Reasons of a series of identity's, and how often."""
    page = stack.http("identity", "/metrics")[1]
    return {reason: int(float(n)) for reason, n in re.findall(r'^%s\{reason="([^"]*)"\} (\S+)$' % series, page, re.M)}


def fate(text):
    """What identity does with a stored value: told (matched or not), dead, or ignored. identity_core.h, rules 2 and 3."""
    patients = unreadable = 0
    for one in messages_of(text)[1:] or [text]:
        problem, msh = verdict(one, False)
        unreadable += problem in (100, 200)
        if problem not in (100, 200) and part(msh, 9) == b"ADT" and part(msh, 9, 2) not in NO_PATIENT:
            patients += max(1, len(re.findall(rb"(?:^|[\r\n])[ \t\0]*PID[^A-Z0-9]", one, re.I)))
    return "dead" if patients > PATIENTS_MAX or (unreadable and not patients) else "told" if patients else "ignored"


def known_member():
    """A member whose demographics are those of a sample: then some are matched."""
    for text, _ in MESSAGES:
        pid = next((line.split(b"|") for line in re.split(rb"[\r\n]", text) if line.startswith(b"PID|")), [b""] * 12)
        pid += [b""] * (12 - len(pid))
        name, birth, address = pid[5].split(b"~")[0].split(b"^"), pid[7][:8], pid[11].split(b"~")[0].split(b"^")
        if fate(text) == "told" and len(name) > 1 and name[0].isalpha() and name[1].isalpha() and re.fullmatch(rb"(19|20)\d{6}", birth) \
                and pid[8] in (b"F", b"M") and len(address) > 4 and re.fullmatch(rb"\d{5}", address[4]) and text in SINGLE:
            return {**member(1), "family": name[0].decode(), "given": name[1].decode(), "birth_date": int(birth), "sex": pid[8].decode(),
                    "zip": address[4].decode(), "coverage": [{"from": 19000101}]}
    return member(1)


def account(stack, senders):
    raw = records(stack, "ho.adt.raw")
    same([(key, text) for key, _, text in raw], [(s.feed, text) for s in senders for text, n in s.stored.items() for _ in range(n)],
         "adt.raw")
    matched, unmatched = [{record["value"]["message_id"] for record in stack.tail("adt." + what)} for what in ("matched", "unmatched")]
    told = matched | unmatched
    check(matched or known_member() == member(1), "no sample was matched")
    check(not matched & unmatched, "matched, and told as not matched: %s" % (matched & unmatched))
    dead = [(key, text) for key, _, text in records(stack, "ho.dlq.identity")]
    seen, fates = set(), collections.Counter()
    for key, identity, text in raw:
        what = fate(text)
        what = "ignored" if what == "told" and identity in seen else what
        check((identity in told) == (what == "told" or identity in seen), "%s: %r is %stold" % (what, text[:200], "" if identity in told else "not "))
        seen |= {identity} if what == "told" else set()
        fates[what] += 1
    same(dead, [(key, text) for key, _, text in raw if fate(text) == "dead"], "dlq.identity")
    found = {"told": counted(stack, "ho_applied_total"), "dead": counted(stack, "ho_dead_letters_total"),
             "ignored": counted(stack, "ho_ignored_total")}
    for what, reasons in found.items():
        check(sum(reasons.values()) == fates[what], "%s: %s, not %d" % (what, reasons, fates[what]))
    check(len(raw) == sum(fates.values()), "%d records, %s" % (len(raw), fates))
    return raw, found, len(matched)


def rss_kb(pid):
    with open("/proc/%d/status" % pid) as text:
        return int(next(line for line in text if line.startswith("VmRSS")).split()[1])


def through(stack, base):
    daemons = [d["name"] for d in stack.info()["daemons"]]
    wait_for("the daemons", lambda: all(stack.ready(name) for name in daemons))
    pids = {name: stack.pids(name) for name in daemons}
    stack.load_roster([known_member()])
    senders = [Sender("default", base + 20), Sender("strict", base + 21)]
    for sender in senders:
        send_all(sender)
        print("%s: %d good messages between, the slowest %.0f ms" % (sender.feed, sender.good, 1000 * sender.slowest), flush=True)
    after = rss_kb(pids["gateway"][0])
    check(after < RSS_KB_MAX, "the gateway holds %d kB" % after)
    stack.drain(600 if ALL else 120)
    raw, found, matched = account(stack, senders)
    check({name: stack.pids(name) for name in daemons} == pids, "a daemon began again")
    print("%d records stored, %d messages matched, identity: %s; gateway %d kB" % (len(raw), matched, found, after), flush=True)


def every_sample_is_answered_stored_and_accounted_for():
    print("%d files of %s, %d messages; HO_SEED=%d%s" % (len(FILES), FOLDER, len(MESSAGES), SEED, ", every byte" if ALL else ""), flush=True)
    if not FILES:
        return
    base = int(os.environ.get("HO_BASE_PORT", "21000"))
    with tempfile.TemporaryDirectory() as feeds:
        with open(os.path.join(feeds, "strict.ini"), "w") as out:
            out.write(STRICT_INI % (base + 21))
        with Stack("samples", "--feeds", feeds) as stack:
            through(stack, base)


if __name__ == "__main__":
    main(every_sample_is_answered_stored_and_accounted_for)
