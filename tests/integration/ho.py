#!/usr/bin/python3
"""The command line: help, JSON and exit codes of every command, what a loader refuses, what is hidden, what doctor finds.

What doctor suggests as a command is run as it stands, and must put things right.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import HO, ROOT, Stack, adt, check, main, member, same, wait_for  # noqa: E402

COMMANDS = ["topics", "roster", "providers", "facilities", "assessments", "clinical.facts", "care.actions", "send", "tail", "member",
            "match", "feed", "why", "dlq", "drain", "doctor"]


def run(*args):
    done = subprocess.run([HO, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def expect(code, words, *args):
    """Runs ho; the exit code and words on stdout or stderr must be as said."""
    got, out, err = run(*args)
    check(got == code and words in out + err, "ho %s: %d, not %d with \"%s\":\n%s%s" % (" ".join(args), got, code, words, out, err))
    return out


def every_command_helps_and_refuses_what_it_does_not_know():
    listed = expect(0, "Exit codes: 0 done, 1 failed, 2 not found, 64 wrong usage", "--help")
    found = re.findall(r"^  (\S+) ", listed, re.M)
    check(found == COMMANDS, "ho --help lists %s" % found)
    for command in COMMANDS:
        text = expect(0, "ho %s " % command, command, "--help")
        check("Exit 0" in text and "64 wrong usage" in text and "--json" in text, "ho %s --help says only:\n%s" % (command, text))
    expect(64, "there is no command \"tial\"", "tial")
    expect(64, "there is no command \"\"")
    expect(64, "/nowhere/stack.json", "doctor", "--stack", "/nowhere")


def wrong_usage_is_told(stack):
    at = ("--stack", stack.dir)
    for args, words in ((("tail", "members", "--form-start"), "--form-start is no option"), (("tail",), "wanted: ho tail TOPIC"),
                        (("drain", "--timeout", "soon"), "--timeout wants a whole number"), (("drain", "--timeout"), "--timeout"),
                        (("send",), "wanted: ho send FILE"), (("member",), "wanted: ho member ID"), (("doctor", "now"), "wanted: ho doctor"),
                        (("topics", "destroy"), "ho topics create"), (("topics", "create", "--partitions", "0"), "1 to 1000"),
                        (("roster", "save", "x"), "wanted: ho roster load"), (("roster", "load", "x", "--at", "noon"), "--at wants")):
        expect(64, words, *args, *at)
    expect(2, "there is no topic ho.no.such.topic", "tail", "no.such.topic", "--until-end", *at)
    expect(2, "no daemon knows member", "member", "M999999", *at)
    expect(1, "cannot be read", "roster", "load", "/nowhere.ndjson", *at)
    expect(1, "nobody listens on 127.0.0.1:1", "send", "x", "--to", "127.0.0.1:1", *at)
    expect(1, "", "topics", "create", "--partitions", "5", *at)
    for args in (("topics", "list"), ("topics", "create", "--partitions", "4"), ("drain",), ("doctor",)):
        for line in expect(0, "", *args, "--json", *at).splitlines():
            json.loads(line)


def write(stack, name, text):
    path = os.path.join(stack.dir, name)
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(text)
    return path


def loaders_refuse_whole_files_and_keep_the_time_given(stack):
    at = ("--stack", stack.dir)
    good = json.dumps(member(1))
    refused = [("roster", "r.ndjson", good + "\n" + good + "\n", "r.ndjson:2: the id of line 1 a second time"),
               ("roster", "r.ndjson", good + "\n{\"member_id\":\"M2\"\n", "r.ndjson:2: not JSON"),
               ("roster", "r.ndjson", good.replace("M000001", "123-45-6789"), "social security"),
               ("roster", "r.ndjson", good.replace("family", "famly"), "famly"),
               ("providers", "p.csv", "provider_id,nip\nP1,\n", "p.csv:1: header: nip: there is no such field"),
               ("providers", "p.csv", "provider_id,npi,npi\nP1,1,2\n", "header: npi: the column stands there twice"),
               ("providers", "p.csv", "provider_id,npi\nP1\n", "p.csv:2: 1 columns, not 2"),
               ("providers", "p.csv", "provider_id,family\nP1,\"Open\n", "p.csv:2: a quote is not closed"),
               ("providers", "p.csv", "provider_id,training_date\nP1,soon\n", "p.csv:2: field training_date: a whole number"),
               ("providers", "p.csv", "provider_id,family\n,Empty\n", "p.csv:2: "),
               ("facilities", "f.csv", "provider_id\nP1\n", "header: provider_id")]
    for command, name, text, words in refused:
        expect(1, words, command, "load", write(stack, name, text), *at)
    for topic in ("members", "providers", "facilities"):
        check(not stack.tail(topic), "%s holds records after refused files" % topic)

    path = write(stack, "p.csv", "\ufeffprovider_id,family,training_date\r\nP1,\"O\"\"Hara, MD\",20250102\r\nP2,,0\r\n")
    out = json.loads(expect(0, "", "providers", "load", path, "--at", "2025-03-01T08:00:00Z", "--json", *at))
    check(out == {"topic": "providers", "rows": 2, "written": 2}, "load says %s" % out)
    rows = {row["key"]: row for row in stack.tail("providers")}
    check(rows["P1"]["timestamp"] == 1740816000000, "timestamp %s" % rows["P1"]["timestamp"])
    check(rows["P1"]["value"]["family"] == "O\"Hara, MD" and rows["P1"]["value"]["training_date"] == 20250102, "%s" % rows["P1"])
    path = write(stack, "p.csv", "provider_id,family\nP1,Other\nP2,\n")
    expect(0, "2 rows, 1 new or changed", "providers", "load", path, "--at", "2025-03-02", *at)
    check([row["timestamp"] for row in stack.tail("providers")][-1] == 1740873600000, "the day is not midnight UTC")


def what_is_personal_is_hidden_and_said(stack):
    anna = member(1)
    stack.load_roster([anna])
    stack.send([adt("A01", "I", anna, "V1", "c1")])
    stack.drain()
    at = ("--from-start", "--until-end", "--stack", stack.dir)
    for topic in ("members", "adt.raw", "adt.matched", "care.events", "alerts.pcp", "notify.changelog"):
        for form in ((), ("--json",)):
            _, out, err = run("tail", topic, *form, *at)
            check(out, "%s is empty" % topic)
            check("FAMILY1" not in out + err and "GIVEN1" not in out, "%s shows a name without --phi" % topic)
            check("M000001" not in out + err, "%s shows a member id without --phi" % topic)
            check("hidden; --phi shows them" in err and "hidden" in out, "%s does not say what is hidden: %s" % (topic, err))
    record = json.loads(run("tail", "alerts.pcp", "--json", *at)[1].splitlines()[0])
    check(record["hidden"] == ["key", "value"] and "key" not in record and record["value_bytes"] > 0, "%s" % record)
    check(record["timestamp"] > 1.7e12 and record["headers"]["ce_type"].startswith("handoff."), "%s" % record)
    _, out, err = run("tail", "alerts.pcp", "--phi", *at)
    check("M000001" in out and "FAMILY1" in out and "\"ce_id\":\"" in out and re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", out), out)
    check(not err, "with --phi: %s" % err)
    _, out, err = run("tail", "providers", *at)
    check("Tester" in out and not err, "providers are no secret: %s %s" % (out, err))

    out = expect(0, "name and birth date are hidden; --phi shows them", "member", "M000001", "--stack", stack.dir)
    check("FAMILY1" not in out, out)
    expect(0, "FAMILY1", "member", "M000001", "--phi", "--stack", stack.dir)
    json.loads(expect(0, "alerts", "member", "M000001", "--json", "--stack", stack.dir))


def findings(stack, code=1):
    lines = [json.loads(line) for line in expect(code, "", "doctor", "--json", "--stack", stack.dir).splitlines()]
    check("problems" in lines[-1], "%s" % lines)
    return {row["problem"]: row for row in lines[:-1] if "problem" in row}


def run_suggestion(row):
    """The command of a suggestion, as it stands there."""
    command = re.search(r"deploy/stack up --dir [^ ;]+", row["try"])
    check(command, "no command in \"%s\"" % row["try"])
    subprocess.run(command.group(0).split(), cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=200)


def pid_of(stack, name):
    with open(os.path.join(stack.dir, "run", name + ".pid")) as text:
        return int(text.read())


def doctor_names_the_cause_and_its_command_helps(stack):
    check(not findings(stack, 0), "a healthy stack has problems")
    expect(0, "nothing wrong found", "doctor", "--stack", stack.dir)

    stack.stop_daemon("encounters")
    row = findings(stack)["encounters"]
    check("does not answer on 127.0.0.1:" in row["cause"], "%s" % row)
    run_suggestion(row)
    check(not findings(stack, 0), "what doctor suggested did not help")

    os.kill(pid_of(stack, "redis"), signal.SIGKILL)
    row = wait_for("doctor to see that Redis is gone", lambda: findings(stack).get("redis"), 30)
    run_suggestion(row)
    wait_for("the daemons to go on", lambda: run("doctor", "--stack", stack.dir)[0] == 0, 90)

    os.kill(pid_of(stack, "kafka-1"), signal.SIGKILL)
    row = wait_for("doctor to see that Kafka is gone", lambda: findings(stack).get("kafka"), 30)
    check("no broker answers on 127.0.0.1:" in row["cause"], "%s" % row)
    run_suggestion(row)
    wait_for("the daemons to go on", lambda: run("doctor", "--stack", stack.dir)[0] == 0, 90)
    anna = member(1)
    stack.send([adt("A03", "I", anna, "V1", "c2", "20261105090000")], "after.hl7")
    stack.drain()
    same(stack.alerts(), [("ADMITTED", "M000001", "V1", 1), ("DISCHARGED", "M000001", "V1", 1)], "alerts after all that")


def doctor_reads_the_brokers_settings(stack):
    stack.stack("down")
    with open(os.path.join(stack.dir, "etc", "kafka.properties"), "w") as out:
        out.write("offsets.retention.minutes=10080\n")
    stack.stack("up")
    row = findings(stack)["kafka, broker 1"]
    check("offsets.retention.minutes is 10080, not 525600" in row["cause"] and "offsets.retention.minutes=525600" in row["try"], "%s" % row)
    _, out, _ = run("doctor", "--stack", stack.dir)
    check("kafka, broker 1: offsets.retention.minutes is 10080" in out and "  try: " in out, out)

    subprocess.run(["kcat", "-b", stack.info()["kafka"], "-t", "ho.dlq.notify", "-P"], input=b"dead", check=True, timeout=60)
    notes = [json.loads(line) for line in run("doctor", "--json", "--stack", stack.dir)[1].splitlines()]
    check([n for n in notes if n.get("note") == "ho.dlq.notify" and "ho tail ho.dlq.notify" in n["try"]], "%s" % notes)


def a_stack_of_its_own():
    with Stack("ho") as stack:
        for step in (wrong_usage_is_told, loaders_refuse_whole_files_and_keep_the_time_given, what_is_personal_is_hidden_and_said,
                     doctor_names_the_cause_and_its_command_helps, doctor_reads_the_brokers_settings):
            begin = time.monotonic()
            step(stack)
            print("  %-60s %5.1f s" % (step.__name__, time.monotonic() - begin), flush=True)


if __name__ == "__main__":
    main(every_command_helps_and_refuses_what_it_does_not_know, a_stack_of_its_own)
