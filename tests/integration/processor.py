#!/usr/bin/python3
"""What a processor refuses, and how it ends: a count of partitions that was changed, a folder it may not write, SIGTERM."""
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import ROOT, Stack, adt, check, main, member, same, wait_for  # noqa: E402

JARS = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "handoff", "kafka-4.1.2", "*")


def run_once(stack, daemon, *options):
    done = subprocess.run([os.path.join(ROOT, ".build/release/services/ho-" + daemon), "--config",
                           os.path.join(stack.dir, "etc", daemon + ".ini"), *options],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.returncode, done.stdout


def add_partitions(broker, *topics):
    for topic in topics:
        subprocess.run(["java", "-Xmx256m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", JARS,
                        "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", broker, "--alter", "--topic", topic,
                        "--partitions", "6"], check=True, timeout=60)


def a_count_that_was_changed_refuses_the_start():
    with Stack("counts") as stack:
        stack.stop_daemon("encounters")
        broker = stack.info()["kafka"]
        add_partitions(broker, "ho.adt.matched")
        code, text = run_once(stack, "encounters")
        check(code == 1 and "they must agree" in text, "one topic of two: %d %s" % (code, text[-600:]))
        add_partitions(broker, "ho.encounters.changelog", "ho.encounters.moves")
        code, text = run_once(stack, "encounters")
        check(code == 1 and "were recorded when it was made" in text, "both topics: %d %s" % (code, text[-600:]))


def a_folder_and_a_setting_that_cannot_be_refuse_the_start():
    with Stack("refusals", "--no-daemons") as stack:
        code, text = run_once(stack, "encounters", "--processor.state_dir=/nowhere")
        check(code == 64 and "/nowhere" in text and "state_dir" in text, "%d %s" % (code, text[-600:]))
        path = os.path.join(stack.dir, "etc", "fixed.ini")
        with open(os.path.join(stack.dir, "etc", "encounters.ini")) as given, open(path, "w") as out:
            out.write(given.read() + "[kafka.consumer]\nisolation.level = read_uncommitted\n")
        done = subprocess.run([os.path.join(ROOT, ".build/release/services/ho-encounters"), "--config", path],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        check(done.returncode != 0 and "isolation.level is ours" in done.stdout, "%d %s" % (done.returncode, done.stdout[-600:]))


def ready_page(stack, daemon):
    address = next(d["http"] for d in stack.info()["daemons"] if d["name"] == daemon)
    try:
        with urllib.request.urlopen("http://%s/readyz" % address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def a_broker_that_does_not_answer_is_told():
    with Stack("silent") as stack:
        with open(os.path.join(stack.dir, "run", "kafka-1.pid")) as text:
            broker = int(text.read())
        os.kill(broker, signal.SIGSTOP)
        try:
            wait_for("readiness to say so", lambda: ready_page(stack, "encounters")[0] == 503 and
                     "does not answer" in ready_page(stack, "encounters")[1])
        finally:
            os.kill(broker, signal.SIGCONT)
        wait_for("readiness to come back", lambda: ready_page(stack, "encounters")[0] == 200)


def a_stop_in_mid_stream_is_clean():
    """SIGTERM under load: exit 0, and the next life goes on where this one ended."""
    with Stack("clean") as stack:
        members = [member(n) for n in range(1, 30)]
        stack.load_roster(members)
        stack.send([adt("A01", "I", who, "V", who["member_id"]) for who in members])
        for pid in stack.kill("encounters", signal.SIGTERM):
            wait_for("the end of encounters", lambda: not os.path.exists("/proc/%d" % pid))
        stack.stack("up")
        stack.drain()
        same(stack.alerts(), [("ADMITTED", who["member_id"], "V", 1) for who in members], "alerts")
        stack.verify()


if __name__ == "__main__":
    main(a_count_that_was_changed_refuses_the_start, a_folder_and_a_setting_that_cannot_be_refuse_the_start,
         a_broker_that_does_not_answer_is_told,
         a_stop_in_mid_stream_is_clean)
