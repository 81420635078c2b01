#!/usr/bin/python3
"""What integrators, engineers and auditors ask the command line: dead letters and their way back, why an alert was sent."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import HO, Stack, adt, check, main, member, same  # noqa: E402

ANNA, BERT = member(1), member(2)


def ho(stack, code, *args):
    done = subprocess.run([HO, *args, "--stack", stack.dir], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    check(done.returncode == code, "ho %s: %d, not %d:\n%s%s" % (" ".join(args), done.returncode, code, done.stdout, done.stderr))
    return done.stdout, done.stderr


def rows(stack, *args):
    return [json.loads(line) for line in ho(stack, 0, *args, "--json")[0].splitlines()]


def put(stack, topic, key, value, partition, *headers):
    args = [word for header in headers for word in ("-H", header)]
    path = os.path.join(stack.dir, "value")
    with open(path, "wb") as out:
        out.write(value)
    subprocess.run(["kcat", "-b", stack.info()["kafka"], "-t", topic, "-P", "-p", str(partition), *(["-k", key] if key else []), *args, path],
                   check=True, timeout=60)


def dead_letters_come_back_behind_newer_records(stack):
    """A broken writer put an admission into the wrong partition. The discharge came and was told; then the letter is re-driven, twice."""
    check(not rows(stack, "dlq", "list"), "dead letters before anything was sent")
    stack.send([adt("A08", "I", ANNA, "V0", "c0")])
    stack.drain()
    home = [r for r in stack.tail("adt.raw")][0]["partition"]
    headers = ("ho-feed=default", "ho-message-id=msg_lost", "ho-received-ms=1793800000000", "ho-mode=live", "traceparent=00-%s-%s-01" % ("a" * 32, "b" * 16))
    put(stack, "ho.adt.raw", "default", adt("A01", "I", BERT, "V1", "lost").encode(), (home + 1) % 4, *headers)
    put(stack, "ho.adt.raw", None, b"no key", home)
    stack.send([adt("A03", "I", BERT, "V1", "c1", "20261105120000")], "discharge.hl7")
    stack.drain()
    before = stack.alerts()
    check(("DISCHARGED", "M000002", "V1", 1) in before and ("ADMITTED", "M000002", "V1", 1) not in before, "%s" % before)

    listed = {row["reason"]: (row["letters"], row["open"]) for row in rows(stack, "dlq", "list")}
    check(listed == {"processor.wrong_partition": (1, 1), "processor.no_key": (1, 1)}, "%s" % listed)
    for args in (("dlq", "show", "identity"), ("dlq", "show", "identity", "--json")):
        out, err = ho(stack, 0, *args)
        check("FAMILY2" not in out and "hidden; --phi" in err and "processor.wrong_partition" in out, out + err)
    letter = [row for row in rows(stack, "dlq", "show", "identity", "--phi") if row["reason"] == "processor.wrong_partition"][0]
    check("FAMILY2" in letter["value"] and letter["topic"] == "ho.adt.raw" and letter["partition"] == (home + 1) % 4, "%s" % letter)

    count = len(stack.tail("adt.raw"))
    out, err = ho(stack, 0, "dlq", "redrive", "identity")
    check("would re-drive: 1, left 1; --yes does it" in out and "has no key" in err and "FAMILY2" not in out, out + err)
    check(len(stack.tail("adt.raw")) == count, "a preview wrote something")
    out, _ = ho(stack, 0, "dlq", "redrive", "identity", "--yes")
    check("re-driven: 1, left 1" in out, out)
    back = stack.tail("adt.raw")
    copies = [r for r in back if "ho-redriven" in r["headers"]]
    original = [r for r in back if r["partition"] == letter["partition"] and r["offset"] == letter["offset"]][0]
    check(len(copies) == 1 and copies[0]["partition"] == home, "%s" % copies)
    copy = copies[0]
    check(copy["headers"].pop("ho-redriven") == letter["place"], "%s" % copy)
    for field in ("key", "value", "timestamp", "headers"):
        check(copy[field] == original[field], "%s is %s, and was %s" % (field, copy[field], original[field]))

    stack.drain()
    after = before + [("ADMITTED", "M000002", "V1", 1)]
    same(stack.alerts(), after, "alerts after the letter is back")
    out, err = ho(stack, 0, "dlq", "redrive", "identity", "--yes", "--reason", "processor.wrong_partition")
    check("re-driven: 0, left 1" in out and "was re-driven before" in err, out + err)
    listed = {row["reason"]: (row["letters"], row["open"]) for row in rows(stack, "dlq", "list")}
    check(listed == {"processor.wrong_partition": (1, 0), "processor.no_key": (1, 1)}, "%s" % listed)
    # The same bytes once more, as a tool that knows nothing of ho-redriven would bring them: dropped by their id.
    put(stack, "ho.adt.raw", "default", adt("A01", "I", BERT, "V1", "lost").encode(), home, *headers)
    stack.drain()
    same(stack.alerts(), after, "alerts after a copy")

    ho(stack, 64, "dlq", "redrive")
    ho(stack, 64, "dlq", "list", "identity")
    ho(stack, 64, "dlq", "bury", "identity")
    check("there is no topic ho.dlq.nobody" in ho(stack, 2, "dlq", "show", "nobody")[1], "an unknown daemon")
    ho(stack, 2, "dlq", "show", "identity", "--at", "0/999999")


def an_alert_is_followed_to_its_bytes(stack):
    stack.send([adt("A01", "I", ANNA, "W1", "w1", "20261110080000"), adt("A01", "I", ANNA, "W1", "w2", "20261110110000")], "why.hl7")
    stack.drain()
    alerts = [r for r in stack.tail("alerts.pcp") if r["value"]["encounter"]["visit"] == "W1"]
    check(len(alerts) == 2, "%d alerts" % len(alerts))
    alert_id = alerts[0]["value"]["identity"]["alert_id"]
    found = rows(stack, "why", alert_id)
    check([r["step"] for r in found] == ["alert", "event", "match", "bytes"] * 2, "%s" % [r["step"] for r in found])
    raw = {(r["partition"], r["offset"]): r for r in stack.tail("adt.raw")}
    for i, control in enumerate(("w1", "w2")):
        alert, event, match, source = found[4 * i:4 * i + 4]
        check(alert["revision"] == i + 1 and alert["rule"] == "notify.1", "%s" % alert)
        check(alert["policy"].startswith("notify@") and alert["provider_id"] == "P1", "%s" % alert)
        check(event["revision"] == alerts[i]["value"]["why"]["event_revision"] and event["event_id"] == alert["event_id"], "%s" % event)
        check(match["match_rule"].startswith("identity.") and match["control_id"] == control, "%s" % match)
        check("|%s|" % control in raw[source["partition"], source["offset"]]["value"], "%s are not the bytes of %s" % (source, control))
    out, _ = ho(stack, 0, "why", alert_id)
    check("revision 2  CORRECTION  of ADMITTED" in out and "notify.1" in out and "gone" not in out, out)
    check("FAMILY1" not in out and "M000001" not in out, "why shows the member without --phi: " + out)
    out, _ = ho(stack, 0, "why", alert_id, "--phi")
    check("FAMILY1" in out and "PID|1||M000001" in out, out)
    check("no alert alt_nobody" in ho(stack, 2, "why", "alt_nobody")[1], "an unknown alert")


def a_feed_is_judged_before_it_goes_live(stack):
    """One message a row: what is wrong with it, and nothing else. The feed maps class ED and disposition H, and takes version 2.5.1 alone."""
    feeds = os.path.join(stack.dir, "feeds")
    os.makedirs(feeds, exist_ok=True)
    with open(os.path.join(feeds, "general.ini"), "w") as out:
        out.write("[feed]\nfacility = GENERAL\nzone = America/New_York\nversions = 2.5.1\n[class]\nED = E\n[disposition]\nH = 01\n")
    number = iter(range(1, 100))

    def one(event="A01", patient_class="I", visit=None, who=ANNA, time_text="20261101120000", **fields):
        n = next(number)
        text = adt(event, patient_class, who, "V%d" % n if visit is None else visit, fields.get("control", "k%d" % n), time_text)
        for old, new in fields.get("change", ()):
            check(old in text, "%s is not in the message" % old)
            text = text.replace(old, new, 1)
        if "disposition" in fields:
            lines = text.split("\r")
            lines[3] += "|" * 17 + fields["disposition"]
            text = "\r".join(lines)
        return text

    table = [("good", [], one()), ("good", [], one("A04", "ED")), ("good", [], one("A03", disposition="H")),
             ("wrong", ["not_accepted"], one(change=[("|P|2.5.1", "|P|2.3")])),
             ("ignored", ["ignored"], one(change=[("|P|2.5.1", "|T|2.5.1")])),
             ("ignored", ["ignored"], one(change=[("ADT^A01", "ADT^A99"), ("EVN|A01", "EVN|A99")])),
             ("wrong", ["ignored", "class_unmapped"], one(patient_class="ZZ")),
             ("look", ["disposition_blank"], one("A03")),
             ("look", ["disposition_unmapped"], one("A03", disposition="X9")),
             ("look", ["event_differs"], one(change=[("EVN|A01", "EVN|A04")])),
             ("look", ["recorded_later"], one(change=[("EVN|A01|20261101120000", "EVN|A01|20261101130000")])),
             ("wrong", ["time_unreadable"], one(change=[("EVN|A01|20261101120000", "EVN|A01|20269901")])),
             ("wrong", ["no_patient"], one(change=[("M000001^^^PLAN^MB||FAMILY1^GIVEN1", "||")])),
             ("wrong", ["control_reused"], one(control="k1")),
             ("wrong", ["visit_reused"], one(visit="V1", who=BERT))]
    blank = one(visit="")
    path = os.path.join(stack.dir, "check.hl7")
    with open(path, "w", newline="") as out:
        out.write("".join(text for _, _, text in table) + blank)
    out, err = ho(stack, 1, "feed", "check", path, "--feed", "general", "--feeds", feeds, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    for (verdict, findings, text), line in zip(table, lines):
        check((line["verdict"], line["findings"]) == (verdict, findings), "%s, wanted %s %s of:\n%s" % (line, verdict, findings, text.replace("\r", "\n")))
    check("visit_missing" in lines[len(table)]["findings"], "%s" % lines[len(table)])
    total = lines[-1]
    check(total["messages"] == len(table) + 1 and total["good"] == 3, "%s" % total)
    for code in set(sum([findings for _, findings, _ in table], [])):
        wanted = sum(code in line["findings"] for line in lines[:-1])
        check(total["findings"][code] == wanted > 0, "%s: %s" % (code, total))
    check(total["unmapped"] == [{"field": "PV1-2", "code": "ZZ", "messages": 1}, {"field": "PV1-36", "code": "X9", "messages": 1}], "%s" % total["unmapped"])
    out, _ = ho(stack, 1, "feed", "check", path, "--feed", "general", "--feeds", feeds)
    check("feed.4 has a class in PV1-2 that is not mapped" in out and "FAMILY1" not in out and "M000001" not in out, out)
    for text, words, code in (("PID|1\r", "no message begins with MSH", 1), ("MSH|\r", "feed.1 cannot be read", 1)):
        with open(path, "w") as file:
            file.write(text)
        check(words in "".join(ho(stack, code, "feed", "check", path)), words)
    ho(stack, 2, "feed", "check", path, "--feed", "nobody")
    ho(stack, 64, "feed", "judge", path)
    with open(path, "w", newline="") as file:
        file.write(one())
    ho(stack, 0, "feed", "check", path)


def a_stack_of_its_own():
    with Stack("ho-subscribers") as stack:
        stack.load_roster([ANNA, BERT])
        for step in (dead_letters_come_back_behind_newer_records, an_alert_is_followed_to_its_bytes,
                     a_feed_is_judged_before_it_goes_live):
            step(stack)
            print("  %s" % step.__name__, flush=True)


if __name__ == "__main__":
    main(a_stack_of_its_own)
