#!/usr/bin/python3
"""The very first moments: topics made just now lose nothing, and a first transaction that was cut off is no state."""
import glob
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import HO, ROOT, Stack, adt, check, main, member, same, wait_for  # noqa: E402

NAMESPACES = 30  # one in some 15 lost its first records when several requests were in flight


def topics_made_just_now_lose_nothing():
    schemas = len(glob.glob(os.path.join(ROOT, "schemas", "*.avsc")) + glob.glob(os.path.join(ROOT, "schemas", "state", "*.avsc")))
    with Stack("fresh", "--no-daemons") as stack:
        info = stack.info()
        for n in range(NAMESPACES):
            folder = os.path.join(stack.dir, "ns%d" % n)
            os.makedirs(folder)
            with open(os.path.join(folder, "stack.json"), "w") as out:
                json.dump(dict(info, namespace="ns%d" % n), out)
            for args in (("topics", "create", "--partitions", "1"), ("tail", "schemas", "--from-start", "--until-end", "--json")):
                done = subprocess.run([HO, *args, "--stack", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
                check(done.returncode == 0, "%s: %s" % (args, done.stderr))
            keys = {json.loads(line)["key"] for line in done.stdout.splitlines()}
            found = sum(1 for key in keys if not key.startswith("topic:"))
            check(found == schemas, "namespace %d: %d schemas of %d" % (n, found, schemas))


def end_of(broker, topic):
    out = subprocess.run(["kcat", "-Q", "-b", broker, "-X", "isolation.level=read_uncommitted", "-t", topic + ":0:-1"], stdout=subprocess.PIPE, text=True, timeout=30).stdout
    return int(out.rsplit("offset", 1)[1])


def a_first_transaction_cut_off_is_no_state():
    """What a daemon leaves that is killed within its first transaction: aborted records in the changelog, no offsets."""
    with Stack("cut", "--no-daemons") as stack:
        broker, changelog = stack.info()["kafka"], "ho.encounters.changelog"
        writer = subprocess.Popen(["kcat", "-P", "-b", broker, "-t", changelog, "-p", "0", "-X", "transactional.id=cut",
                                   "-X", "transaction.timeout.ms=2000", "-K", ":"], stdin=subprocess.PIPE)
        try:
            writer.stdin.write(b"M000001:a state that was never committed\n" * 5000)  # kcat hands on a block at a time
            writer.stdin.flush()
            before = wait_for("the record", lambda: end_of(broker, changelog), 30)
        finally:
            writer.kill()
            writer.wait()
        wait_for("the abort", lambda: end_of(broker, changelog) > before, 60)
        stack.stack("down")
        with Stack("cut") as again:
            check(end_of(again.info()["kafka"], changelog) > 0, "the changelog did not outlive the stop")
            anna = member(1)
            again.load_roster([anna])
            again.send([adt("A01", "I", anna, "V1", "v1")])
            again.drain()
            same(again.alerts(), [("ADMITTED", anna["member_id"], "V1", 1)], "alerts")


def offsets_that_were_lost_refuse_the_start():
    # The group is empty once the session of its static member is over.
    with Stack("lost", processors="[kafka]\nsession_timeout_ms = 6000\n") as stack:
        anna = member(1)
        stack.load_roster([anna])
        stack.send([adt("A01", "I", anna, "V1", "v1")])
        stack.drain()
        broker = stack.info()["kafka"]
        stack.stop_daemon("encounters")
        jars = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "handoff", "kafka-4.1.2", "*")
        deleted = wait_for("the group to be empty", lambda: "successful" in subprocess.run(
            ["java", "-Xmx256m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", jars,
             "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", broker, "--delete",
             "--group", "ho.encounters"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout, 90)
        check(deleted, "the offsets could not be deleted")
        done = subprocess.run([os.path.join(ROOT, ".build/release/services/ho-encounters"), "--config",
                               os.path.join(stack.dir, "etc", "encounters.ini")], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)
        check(done.returncode == 1 and "offsets were lost" in done.stdout, "%d\n%s" % (done.returncode, done.stdout[-600:]))


if __name__ == "__main__":
    main(topics_made_just_now_lose_nothing, a_first_transaction_cut_off_is_no_state,
         offsets_that_were_lost_refuse_the_start)
