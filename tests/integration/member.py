#!/usr/bin/python3
"""ho member: one member's story, for a nurse and for an auditor: what it holds, then and now, what it hides, and when it says stale."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import HO, Stack, adt, check, main, member, wait_for  # noqa: E402

ANNA = dict(member(1), birth_date=19410203, language="es", interpreter=True, phone="3135550101", zone="America/New_York",
            care_team=[{"from": 20200101, "role": "contact", "person": "rn1", "name": "Rosa Contact", "phone": "3135550199"}],
            pcp=[{"from": 20200101, "to": 20261102, "provider_id": "P0"}, {"from": 20261103, "provider_id": "P1"}])
BERT = dict(member(2), birth_date=19300101)
CARL = dict(member(3), pcp=[])  # nobody can be told yet
SECRETS = ("FAMILY1", "GIVEN1", "19410203", "3135550101", "MRN77", "V-ER-1", "V-IN-1", "ICU9", "DOCTOR")


def ask(stack, who, *args, code=0):
    done = subprocess.run([HO, "member", who["member_id"], *args, "--stack", stack.dir], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=120)
    check(done.returncode == code, "ho member %s gave %d, not %d:\n%s%s" % (args, done.returncode, code, done.stdout, done.stderr))
    return done.stdout


def page(stack, who, *args, code=0):
    return json.loads(ask(stack, who, "--json", *args, code=code))


def says(text, *words):
    for word in words:
        check(word in text, "no \"%s\" in:\n%s" % (word, text))


def message(event, patient_class, visit, control, time_text):
    """As adt(), with the hospital's own number and a unit."""
    return adt(event, patient_class, ANNA, visit, control, time_text).replace("^^^PLAN^MB", "^^^PLAN^MB~MRN77^^^GENERAL^MR").replace(
        "4N^1^1", "ICU9^1^1")


def play(stack):
    stack.load_roster([ANNA, BERT, CARL])
    er = message("A04", "E", "V-ER-1", "c1", "20261102081500")
    # The same fact under another control id, one of training, an ER visit that becomes a stay, and a discharge taken back.
    stack.send([er, er.replace("|c1|", "|c1b|"), message("A01", "I", "V-T", "c2", "20261102090000").replace("|c2|P|", "|c2|T|"),
                message("A01", "I", "V-IN-1", "c3", "20261102113000"), message("A03", "I", "V-IN-1", "c4", "20261105100000"), adt("A01", "I", CARL, "V-C", "c-carl", "20261102113000")])
    stack.drain()
    mid = stack.tail("care.events")[-1]["timestamp"]
    stack.send([message("A13", "I", "V-IN-1", "c5", "20261105110000")], "cancel.hl7")
    stack.drain()
    return mid


def of(found, control):
    rows = [row for row in found["time_line"] if row["what"] == "message" and row["control_id"] == control]
    check(len(rows) == 1, "%d messages %s" % (len(rows), control))
    return rows[0]


def the_page_tells_the_story(stack):
    found = page(stack, ANNA, "--phi")
    waiting = [page(stack, who)["waiting_for_a_recipient"] for who in (ANNA, CARL)]
    check(waiting == [0, 1], "events that wait for somebody to tell: %s" % waiting)
    header = found["header"]
    check((header["name"], header["birth_date"], header["language"], header["interpreter"], header["zone"]) ==
          ("FAMILY1, GIVEN1", "19410203", "es", True, "America/New_York"), "%s" % header)
    check(header["age"] == (header["date"] - 19410203) // 10000, "age %s on %s" % (header["age"], header["date"]))
    check((header["pcp"]["provider_id"], header["pcp"]["family"], header["contact"]["name"]) == ("P1", "Tester", "Rosa Contact"), "%s" % header)
    check(header["opt_outs"] is None and header["coverage"]["from"] == 20200101, "%s" % header)
    check(not found["hidden"] and not found["stale"] and found["open_work"] is None, "%s" % found)

    er, again, training, admitted, discharged, cancel = (of(found, c) for c in ("c1", "c1b", "c2", "c3", "c4", "c5"))
    told = [(e["event"], e["change"], e["revision"]) for row in (er, admitted, discharged, cancel) for e in row["effects"]]
    check(told == [("ER_ARRIVED", "NEW", 1), ("ER_DEPARTED", "NEW", 1), ("ADMITTED", "NEW", 1), ("DISCHARGED", "NEW", 1),
                   ("DISCHARGED", "VOIDED", 2)], "%s" % told)
    check(cancel["effects"][0]["rule"] == "encounters.10" and cancel["effects"][0]["policy"].startswith("encounters@"), "%s" % cancel)
    check((again["effects"], again["reason"]) == ([], "encounters.5 nothing new"), "%s" % again)
    check(training["effects"] == [] and training["reason"].startswith("encounters.8"), "%s" % training)
    check(er["occurred"] == "2026-11-02T08:15:00-05:00" and er["delay_ms"] is not None, "%s" % er)

    check([(stay["what"], stay["visit"], stay["unit"]) for stay in found["current"]] == [("inpatient stay", "V-IN-1", "ICU9")], "%s" % found["current"])
    check([(row["feed"], row["number"], row["rule"]) for row in found["identifiers"]] == [("default", "MRN77", "identity.5")],
          "%s" % found["identifiers"])
    check(found["identifiers"][0]["messages"] == 6 and found["identifiers"][0]["policy"].startswith("identity@"), "%s" % found["identifiers"])
    risk = found["risk"]
    check(risk["lace"]["provisional"] and risk["er_visits"]["months_12"] == 1 and risk["not_for_coverage"] is True, "%s" % risk)
    check(all(reason["rule"].startswith("risk.t") and reason["words"] for reason in risk["reasons"]) and risk["reasons"], "%s" % risk)


def alerts_stand_with_kind_and_due(stack):
    found = page(stack, ANNA)["alerts"]
    told = [record["value"]["identity"] for record in stack.tail("alerts.pcp")]
    check(sorted((a["alert_id"], a["revision"], a["kind"]) for a in found) ==
          sorted((a["alert_id"], a["revision"], a["kind"]) for a in told), "%s beside %s" % (found, told))
    kinds = [(a["event"], a["kind"], a["revision"]) for a in found]
    check(("ER_ARRIVED", "ALERT", 1) in kinds and ("DISCHARGED", "RETRACTION", 2) in kinds, "%s" % kinds)
    check(all(a["due"] and a["rule"].startswith("notify.") and a["policy"].startswith("notify@") for a in found), "%s" % found)
    # The PCP changed between the two.
    check([a["provider_id"] for a in found if a["event"] == "ER_ARRIVED"] == ["P0"] and
          [a["provider_id"] for a in found if a["event"] == "DISCHARGED"] == ["P1", "P1"], "%s" % found)


def what_is_hidden_is_said(stack):
    shown = ask(stack, ANNA, "--phi")
    says(shown, *SECRETS, "NEEDS AN INTERPRETER", "no effect: encounters.5", "careplan, which opens and chases reviews, is not there",
         "no decision about coverage may rest on it", "RETRACTION of DISCHARGED to pcp P1", "inpatient stay since 2026-11-02 11:30 at GENERAL")
    check("hidden" not in shown, shown)
    for form in ((), ("--json",)):
        text = ask(stack, ANNA, *form)
        for secret in SECRETS:
            check(secret not in text, "%s stands in it without --phi" % secret)
    says(ask(stack, ANNA), "(name and birth date are hidden; --phi shows them)", "hidden; --phi shows them: ", "hospital's numbers", "units")
    check(set(page(stack, ANNA)["hidden"]) >= {"name", "birth date", "phones", "hospital's numbers", "units", "attending"},
          "%s" % page(stack, ANNA)["hidden"])
    bert = page(stack, BERT)
    check(bert["header"]["age"] is None and "an age of 90 or over" in bert["hidden"], "%s" % bert["header"])
    check(page(stack, BERT, "--phi")["header"]["age"] >= 96 and bert["risk"] is None and bert["time_line"] == [], "%s" % bert)


def iso(ms):
    import datetime
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)


def then_is_what_was_known_then(stack, mid):
    then = page(stack, ANNA, "--at", iso(mid))
    check(then["past"] and then["as_of"] == iso(mid), "%s" % then["as_of"])
    check("c5" not in [row.get("control_id") for row in then["time_line"]], "it knows a message of later")
    check(then["current"] == [] and then["last"]["what"] == "inpatient stay" and then["last"]["ended"], "%s" % then["last"])
    check("RETRACTION" not in [a["kind"] for a in then["alerts"]], "%s" % then["alerts"])
    early = page(stack, ANNA, "--at", "2026-10-01T12:00:00Z")
    check(early["header"]["pcp"]["provider_id"] == "P0" and not early["header"]["pcp"]["known"], "%s" % early["header"])
    check(early["header"]["row_is_later"] and early["time_line"] == [] and early["risk"] is None, "%s" % early)
    done = subprocess.run([HO, "member", "M000001", "--at", "noon", "--stack", stack.dir], stderr=subprocess.PIPE, text=True, timeout=60)
    check(done.returncode == 64 and "--at wants" in done.stderr, done.stderr)
    ask(stack, member(9), code=2)


def a_telling_place_is_withheld(stack):
    path = os.path.join(stack.dir, "facilities.csv")
    with open(path, "w") as out:
        out.write("facility_id,name,sensitivity\nRECOVERYHOUSE,Recovery House,part2\nGENERAL,General,\n")
    stack.ho("facilities", "load", path)
    stack.send([adt("A01", "I", BERT, "V-B", "b1", "20261110080000").replace("|GENERAL|", "|RECOVERYHOUSE|")], "bert.hl7")
    stack.drain()
    for form in ((), ("--json",)):
        check("RECOVERYHOUSE" not in ask(stack, BERT, *form), "a place that tells of the treatment is shown")
    found = page(stack, BERT)
    check(found["current"][0]["facility"] is None and "facilities whose name tells of the treatment" in found["hidden"], "%s" % found["hidden"])
    check(page(stack, BERT, "--phi")["current"][0]["facility"] == "RECOVERYHOUSE", "--phi does not show it")
    check(page(stack, ANNA)["current"][0]["facility"] == "GENERAL", "a plain place is withheld")


def a_merge_stands_with_its_evidence(stack):
    """The hospital gives Anna's number up for Bert's: her stay is his."""
    stack.send(["\r".join([r"MSH|^~\&|EHR|GENERAL|PLAN|HANDOFF|20261111120000||ADT^A40|m1|P|2.5.1", "EVN|A40|20261111120000",
                           "PID|1||%s^^^PLAN^MB~MRN88^^^GENERAL^MR||FAMILY2^GIVEN2||%d|M" % (BERT["member_id"], BERT["birth_date"]),
                           "MRG|MRN77^^^GENERAL^MR", ""])], "merge.hl7")
    stack.drain()
    away, here = page(stack, ANNA, "--phi"), page(stack, BERT, "--phi")
    check([(row["direction"], row["other"], row["event"], row["control_id"]) for row in away["merges"]] ==
          [("away", BERT["member_id"], "A40", "m1")] and away["merges"][0]["rule"].startswith("identity."), "%s" % away["merges"])
    check([(row["direction"], row["other"]) for row in here["merges"]] == [("here", ANNA["member_id"])] * 2, "%s" % here["merges"])
    check(away["current"] == [] and {"V-IN-1", "V-B"} == {stay["visit"] for stay in here["current"]}, "%s" % here["current"])
    voided = [e["event"] for e in of(away, "m1")["effects"] if e["change"] == "VOIDED"]
    check(sorted(voided) == ["ADMITTED", "ER_ARRIVED", "ER_DEPARTED"], "%s" % of(away, "m1"))
    check(BERT["member_id"] not in ask(stack, ANNA) + ask(stack, ANNA, "--json"), "another member's id is shown without --phi")


def dead_letters_are_found(stack):
    """A record that is no Avro under her key, and one of another member beside it."""
    for key in (ANNA["member_id"], BERT["member_id"]):
        partition = next(r["partition"] for r in stack.tail("members") if r["key"] == key)
        subprocess.run(["kcat", "-b", stack.info()["kafka"], "-t", "ho.care.events", "-p", str(partition), "-k", key, "-P"],
                       input=b"no event", check=True, timeout=60)
    stack.drain()
    found = page(stack, ANNA)["dead_letters"]
    check(sorted(row["topic"] for row in found) == ["dlq.notify", "dlq.risk"] and all(row["from"] == "ho.care.events" for row in found), "%s" % found)
    says(ask(stack, ANNA), "dead letters", "dlq.notify")


def a_stale_state_is_said(stack):
    stack.stop_daemon("risk")
    found = page(stack, ANNA, code=3)
    check(found["stale"] == ["risk"], "%s" % found["stale"])
    says(ask(stack, ANNA, code=3), "STALE: it is not running")
    stack.stack("up")
    wait_for("risk to be back", lambda: stack.ready("risk"))
    stack.drain()
    check(not page(stack, ANNA)["stale"], "still stale")


def one_page_holds_the_story():
    with Stack("member") as stack:
        mid = play(stack)
        the_page_tells_the_story(stack)
        alerts_stand_with_kind_and_due(stack)
        what_is_hidden_is_said(stack)
        then_is_what_was_known_then(stack, mid)
        a_telling_place_is_withheld(stack)
        a_merge_stands_with_its_evidence(stack)
        dead_letters_are_found(stack)
        a_stale_state_is_said(stack)


if __name__ == "__main__":
    main(one_page_holds_the_story)
