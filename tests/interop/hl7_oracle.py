#!/usr/bin/python3
"""Our HL7 reader against python-hl7 (package python3-hl7): the fields that a match and a stay hang on, message by message.

Reads tests/interop/hl7/*, the seeds of tests/fuzz/corpus/fuzz_hl7*, the demo's messages, and the public samples where they are
(HO_HL7_SAMPLES, or ../shared/hl7 beside the checkout). Messages are cut apart here by other means than ours. What python-hl7 cannot
read, or reads otherwise by its own rules, is listed by the quirk, and the quirk is looked for in the bytes.
"""
import os
import re
import subprocess
import sys

import hl7

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLES = os.environ.get("HO_HL7_SAMPLES", os.path.join(ROOT, "..", "shared", "hl7"))
FIELDS = [("MSH", 9, 2), ("MSH", 10, 1), ("PID", 3, 1), ("PID", 5, 1), ("PV1", 2, 1), ("PV1", 36, 1), ("PV1", 44, 1)]
ENVELOPE = re.compile(rb"^[ \t\0]*(MSH|FHS|BHS|BTS|FTS)(?=[!-/:-@\[-`{-~]|$)", re.I | re.M)


def tool():
    build = os.path.join(ROOT, ".build", "tools")
    for command in (["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DHO_PRESET=release", "-DHO_TESTS=ON"],
                    ["ninja", "-C", build, "hl7_fields"]):
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return os.path.join(build, "tests", "hl7_fields")


def files():
    found = []
    for folder in (os.path.join(ROOT, "tests", "interop", "hl7"), os.path.join(ROOT, "tests", "fuzz", "corpus", "fuzz_hl7"),
                   os.path.join(ROOT, "tests", "fuzz", "corpus", "fuzz_hl7_batch"), os.path.join(ROOT, "deploy", "demo-data"), SAMPLES):
        for here, _, names in os.walk(folder):
            found += [os.path.join(here, name) for name in names if "fuzz" in here or name.endswith((".hl7", ".ndhl7"))]
    return sorted(found)


def text_of(message):
    try:
        return message.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(bytes([b]).decode("cp1252", "replace") for b in message)


def split(data):
    """The messages of a file: from MSH to the next line of an envelope."""
    data = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
    lines = re.sub(rb"\r\n?", b"\n", data)
    marks = [(m.start(), m.group(1).upper()) for m in ENVELOPE.finditer(lines)] + [(len(lines), b"")]
    return [text_of(lines[at:marks[i + 1][0]]) for i, (at, name) in enumerate(marks) if name == b"MSH"]


def quirk(message):
    """Why python-hl7 is no oracle for this message, or None."""
    encoding = message.lstrip(" \t\0")[4:].split(message.lstrip(" \t\0")[3])[0]
    lines = [line for line in message.split("\n") if line.strip(" \t\0")]
    if len(encoding) < 4:
        return "MSH-2 of fewer than four characters"
    if len(encoding) > 5 or encoding[2] == encoding[3]:
        return "a doubled escape in MSH-2"
    if any(not re.match(r"[A-Z][A-Z0-9]{2}(?![A-Za-z0-9 ])", line) for line in lines):
        return "lower-case names, blanks before them, or lines that are no segment"
    return None


def peer(message):
    parsed = hl7.parse("\r".join(line for line in message.split("\n") if line.strip(" \t\0")) + "\r")
    values = []
    for name, field, component in FIELDS:
        try:
            repetition = parsed.segment(name)[field][0]
            value = repetition if isinstance(repetition, str) else repetition[component - 1]
            if isinstance(repetition, str) and component > 1:
                value = ""
            while not isinstance(value, str):
                value = parsed.separators[4].join(str(v) for v in value) if len(value) > 1 else value[0]
        except (KeyError, IndexError):
            value = ""
        values.append(value)
    return values


def ours(binary, paths):
    out = subprocess.run([binary, *paths], stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "strict")
    rows = {}
    for line in out.split("\n"):
        words = line.split("\x1f")
        if len(words) >= 2:
            rows[int(words[0]), int(words[1])] = words[2:] or None
    return rows


def main():
    paths = files()
    rows = ours(tool(), paths)
    equal, wrong, quirks = 0, 0, {}
    for number, path in enumerate(paths, 1):
        with open(path, "rb") as file:
            messages = split(file.read())
        name = os.path.relpath(path, ROOT)
        mine = [key for key in rows if key[0] == number]
        if len(mine) != len(messages):
            print("%s: %d messages, and %d here" % (name, len(mine), len(messages)))
            wrong += 1
        for i, message in enumerate(messages, 1):
            reason = quirk(message)
            got = rows.get((number, i))
            if reason or got is None:
                reason = reason or "refused by us"
                quirks[reason] = quirks.get(reason, 0) + 1
                continue
            want = peer(message)
            if got != want:
                print("%s message %d: %s, python-hl7 has %s" % (name, i, got, want))
                wrong += 1
            else:
                equal += 1
    for reason in sorted(quirks):
        print("not compared: %d with %s" % (quirks[reason], reason))
    print("%d files%s" % (len(paths), "" if os.path.isdir(SAMPLES) else ", without the public samples"))
    if equal < 10:
        print("too few messages were compared")
        wrong += 1
    print("%d passed, %d failed" % (equal, wrong))
    sys.exit(1 if wrong else 0)


main()
