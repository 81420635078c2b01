#!/usr/bin/python3
"""Stacks: two side by side, nothing left behind, how long one takes, ports that are taken, and a disk that is full."""
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import HO, ROOT, Stack, adt, check, main, member, same, wait_for  # noqa: E402

STACK = os.path.join(ROOT, "deploy", "stack")
READY_SECONDS = 20  # the promise; the assertion gives a loaded machine twice that
ANNA, BERT = member(1), member(2)


def processes_of(folder):
    """Every process that works in the folder or names it: pid and command."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as text:
                command = text.read().replace(b"\0", b" ").decode(errors="replace")
            where = os.readlink("/proc/%s/cwd" % pid)
        except OSError:
            continue
        if int(pid) != os.getpid() and (folder + "/" in command or (where + "/").startswith(folder + "/")):
            found.append((int(pid), command[:120]))
    return found


def admitted(who, visit):
    return ("ADMITTED", who["member_id"], visit, 1)


def two_stacks_do_not_disturb_each_other():
    base = int(os.environ.get("HO_BASE_PORT", "21000"))
    with Stack("one") as one:
        other = Stack("two")
        other.base = base + 200
        with other as two:
            mine, theirs = {p for p, _ in processes_of(one.dir)}, {p for p, _ in processes_of(two.dir)}
            check(mine and theirs and not mine & theirs, "they share processes: %s" % (mine & theirs))
            check(len(theirs) == len(mine), "%d processes and %d" % (len(mine), len(theirs)))
            one.load_roster([ANNA])
            two.load_roster([BERT])
            one.send([adt("A01", "I", ANNA, "V1", "c1"), adt("A01", "I", BERT, "V2", "c2")])
            two.send([adt("A01", "I", BERT, "V3", "c3"), adt("A01", "I", ANNA, "V4", "c4")])
            one.drain()
            two.drain()
            same(one.alerts(), [admitted(ANNA, "V1")], "the first stack")
            same(two.alerts(), [admitted(BERT, "V3")], "the second stack")
            one.redis("FLUSHALL")
            two.send([adt("A03", "I", BERT, "V3", "c5", "20261105120000")], "more.hl7")
            two.drain()
            same(two.alerts(), [admitted(BERT, "V3"), ("DISCHARGED", "M000002", "V3", 1)], "while the first one's view is lost")
        # The second is gone, with its folder; nothing of the first one is.
        check(not processes_of(two.dir) and not os.path.exists(two.dir), "left: %s" % processes_of(two.dir))
        check({p for p, _ in processes_of(one.dir)} == mine, "the first stack's processes changed")
        one.send([adt("A03", "I", ANNA, "V1", "c6", "20261105120000")], "more.hl7")
        one.drain()
        same(one.alerts(), [admitted(ANNA, "V1"), ("DISCHARGED", "M000001", "V1", 1)], "the first stack alone")


def down_leaves_no_process_and_up_goes_on():
    stack = Stack("again")
    with stack:
        stack.load_roster([ANNA])
        stack.send([adt("A01", "I", ANNA, "V1", "c1")])
        stack.drain()
        for args, words in ((["--base-port", str(stack.base + 500)], "it runs with --base-port %d" % stack.base),
                            (["--brokers", "3"], "was made with 1 broker(s)"), (["--feeds", "/nowhere"], "there is no .ini file")):
            done = subprocess.run([STACK, "up", "--dir", stack.dir, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
            check(done.returncode == 1 and words in done.stdout, "%s: %d %s" % (args, done.returncode, done.stdout))
        check(len(processes_of(stack.dir)) >= 10, "only %s" % processes_of(stack.dir))
        stack.kill("notify")  # its supervisor may be starting it again at this moment
        stack.stack("down")
        check(not processes_of(stack.dir), "down left %s" % processes_of(stack.dir))
        check(os.path.isdir(os.path.join(stack.dir, "kafka")), "down removed the data")
        stack.stack("down")  # once more harms nothing
        begin = time.monotonic()
        stack.stack("up")
        seconds = time.monotonic() - begin
        print("  up again, with the data of before: ready in %.1f s" % seconds, flush=True)
        check(seconds < 2 * READY_SECONDS, "up took %.1f s" % seconds)
        stack.send([adt("A01", "I", ANNA, "V1", "c1")])
        stack.drain()
        same(stack.alerts(), [admitted(ANNA, "V1")], "alerts after a stop")
    check(not processes_of(stack.dir), "down --purge left %s" % processes_of(stack.dir))
    check(not os.path.exists(stack.dir), "down --purge left the folder")


def a_new_stack_is_ready_soon():
    begin = time.monotonic()
    with Stack("quick") as stack:
        seconds = time.monotonic() - begin
        print("  up from nothing: ready in %.1f s (promised: %d)" % (seconds, READY_SECONDS), flush=True)
        check(all(stack.ready(d["name"]) for d in stack.info()["daemons"]), "up returned before every daemon was ready")
    check(seconds < 2 * READY_SECONDS, "up took %.1f s" % seconds)


def a_port_in_use_is_named_and_nothing_is_started():
    stack = Stack("taken")
    for offset, whose in ((0, "Kafka 1"), (1, "Kafka 1's controller"), (10, "Redis"), (20, "MLLP"), (43, "notify's HTTP")):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", stack.base + offset))
            taken.listen()
            done = subprocess.run([STACK, "up", "--dir", stack.dir, "--base-port", str(stack.base)], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=120)
        check(done.returncode == 1 and "port %d (%s) is in use" % (stack.base + offset, whose) in done.stdout,
              "%d %s" % (done.returncode, done.stdout))
        check("--base-port N" in done.stdout, "no way out is told: %s" % done.stdout)
        check(not processes_of(stack.dir), "started all the same: %s" % processes_of(stack.dir))
    for args, words in ((["--base-port", "99999"], "outside 1024 to 65000"), (["--brokers", "2"], "1 or 3 brokers"),
                        (["--base-prot", "1"], "there is no option --base-prot"), (["--base-port"], "wants a value")):
        done = subprocess.run([STACK, "up", "--dir", stack.dir, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        check(done.returncode == 64 and words in done.stdout, "%s: %d %s" % (args, done.returncode, done.stdout))
    stack.stack("down", "--purge")


class SmallDisk:
    """A file system of its own for a stack's folder, as large as said."""

    def __init__(self, folder, megabytes):
        self.folder, self.size = folder, megabytes

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm" % self.size, "handoff-test", self.folder], check=True)
        return self

    def __exit__(self, kind, error, trace):
        # A process that was killed may hold its files a moment longer than it is seen.
        wait_for("the file system to be free", lambda: subprocess.run(["umount", self.folder], stderr=subprocess.DEVNULL).returncode == 0, 30)

    def fill(self):
        with open(os.path.join(self.folder, "ballast"), "wb") as ballast:
            try:
                while True:
                    ballast.write(b"\0" * 65536)
                    ballast.flush()
            except OSError:
                pass

    def make_room(self):
        os.unlink(os.path.join(self.folder, "ballast"))


def a_full_disk_loses_nothing_that_was_acknowledged():
    check(os.getuid() == 0, "this test mounts a file system, as root")
    stack = Stack("full")
    os.environ["HO_MLLP_STORE_MS"] = "2000"
    try:
        with SmallDisk(os.path.join(os.path.dirname(stack.dir), "small"), 400) as disk:
            stack.dir = os.path.join(disk.folder, "stack-full")
            with stack:
                fill_and_recover(stack, disk)
    finally:
        del os.environ["HO_MLLP_STORE_MS"]


def ask(stack, message, name):
    """The gateway's answer to one message."""
    path = os.path.join(os.path.dirname(os.path.dirname(stack.dir)), name)
    with open(path, "w") as out:
        out.write(message.replace("\r", "\n") + "\n")
    done = subprocess.run([HO, "send", path, "--any-ack", "--stack", stack.dir], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    words = done.stdout.split()
    return words[2] if len(words) > 2 else "none: %s" % done.stderr


def fill_and_recover(stack, disk):
    stack.load_roster([ANNA, BERT])
    check(ask(stack, adt("A01", "I", ANNA, "V0", "c0"), "first.hl7") == "AA", "before the disk is full")
    stack.drain()
    disk.fill()
    accepted, answers, number = ["V0"], [], 0

    def refused():
        nonlocal number
        number += 1
        visit = "F%d" % number
        answer = ask(stack, adt("A01", "I", ANNA, visit, "c" + visit), "full.hl7")
        answers.append(answer)
        if answer == "AA":
            accepted.append(visit)
        return answer == "AR"

    wait_for("an AR from the gateway of a full disk", refused, 90)
    check(set(answers) <= {"AA", "AR"}, "answers were %s" % answers)
    print("  on the full disk: %d answers AA, then AR" % answers.count("AA"), flush=True)
    done = subprocess.run([HO, "doctor", "--stack", stack.dir], stdout=subprocess.PIPE, text=True, timeout=120)
    check(done.returncode == 1 and "disk: 0 MB of 400 MB are free" in done.stdout and "make room" in done.stdout, done.stdout)

    disk.make_room()
    stack.stack("up")  # starts Kafka again, which ends itself when it cannot write
    wait_for("every daemon to be ready", lambda: all(stack.ready(d["name"]) for d in stack.info()["daemons"]), 90)
    stack.drain()
    told = stack.alerts()
    lost = [visit for visit in accepted if admitted(ANNA, visit) not in told]
    check(not lost, "acknowledged, and lost: %s" % lost)
    # The sender sends again whatever was refused, as AR asks; one effect each.
    for visit in ["F%d" % n for n in range(1, number + 1) if "F%d" % n not in accepted]:
        wait_for("a positive answer", lambda: ask(stack, adt("A01", "I", ANNA, visit, "c" + visit), "again.hl7") == "AA")
    stack.drain()
    same(stack.alerts(), [admitted(ANNA, visit) for visit in ["V0"] + ["F%d" % n for n in range(1, number + 1)]],
         "alerts; acknowledged on the full disk were %s" % accepted)
    done = subprocess.run([HO, "doctor", "--stack", stack.dir], stdout=subprocess.PIPE, text=True, timeout=120)
    check(done.returncode == 0, "after it: %s" % done.stdout)


if __name__ == "__main__":
    main(a_port_in_use_is_named_and_nothing_is_started, a_new_stack_is_ready_soon, down_leaves_no_process_and_up_goes_on,
         two_stacks_do_not_disturb_each_other, a_full_disk_loses_nothing_that_was_acknowledged)
