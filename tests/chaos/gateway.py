#!/usr/bin/python3
"""The gateway and the broker are killed with -9 while 200 connections send, and send again what was not answered: every
message that was answered positively is in adt.raw, and each has one effect, however often it was sent.

HO_CHAOS_ROUNDS sets the number of kills (default 4): every fourth is the broker's, the others are the gateway's.
"""
import collections
import json
import os
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import Failed, Stack, adt, check, main, member, wait_for  # noqa: E402
from mllp import Client, Stopped, code, fields, raw  # noqa: E402

ROUNDS = int(os.environ.get("HO_CHAOS_ROUNDS", "4"))
CONNECTIONS = 200
PACE_S = 0.25  # between two messages of one connection


class Sender(threading.Thread):
    """A hospital that sends the same bytes until they are answered positively."""

    def __init__(self, port, who, stop):
        super().__init__()
        self.port, self.who, self.stop = port, who, stop
        self.client, self.sent, self.acked, self.again, self.error = None, 0, [], 0, None

    def run(self):
        try:
            while not self.stop.is_set():
                self.deliver("%s-%d" % (self.who["member_id"], self.sent))
                self.sent += 1
                self.stop.wait(PACE_S)
        except Exception as error:  # told by the main thread
            self.error = error
        finally:
            if self.client:
                self.client.socket.close()

    def deliver(self, control):
        message = adt("A08", "I", self.who, "V" + self.who["member_id"], control).encode()
        sends = 0
        for _ in range(600):
            try:
                self.client = self.client or Client(self.port, seconds=20)
                sends += 1
                answer = self.client.ask(message)
            except OSError:
                answer = None
            if answer is None:  # broken, or nobody there yet: a new connection
                if self.client:
                    self.client.socket.close()
                self.client = None
            elif fields(answer, "MSA")[2] != control.encode():
                raise Failed("%s was answered by %r" % (control, answer))
            elif code(answer) == "AA":
                self.acked.append(control)
                self.again += sends - 1
                return
            threading.Event().wait(0.1)
        raise Failed("%s was never taken" % control)


def kill_gateway(stack, between):
    """between: Kafka has the request and has not answered it, so that what was stored was not answered to the sender."""
    before = wait_for("the gateway", lambda: stack.pids("gateway"))
    if between:
        with Stopped(stack):
            wait_for("messages on their way", lambda: json.loads(stack.http("gateway", "/status")[1])["in_flight"] > 20)
            stack.kill("gateway")
    else:
        stack.kill("gateway")
    wait_for("the gateway again", lambda: stack.ready("gateway") and stack.pids("gateway") != before, 60)


def gone(pid, ports):
    """A killed process lives until its memory is given back, and its ports with it."""
    for port in ports:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return False
    return not os.path.exists("/proc/%d/exe" % pid)


def kill_broker(stack):
    with open(os.path.join(stack.dir, "run", "kafka-1.pid")) as text:
        pid = int(text.read())
    os.kill(pid, signal.SIGKILL)
    wait_for("the broker to be gone", lambda: gone(pid, (stack.base, stack.base + 1)))
    stack.stack("up")


def what_was_answered_is_stored_and_has_one_effect():
    with Stack("chaos-gateway") as stack:
        stack.load_roster([member(n) for n in range(1, CONNECTIONS + 1)])
        port, stop = int(stack.info()["mllp"].rsplit(":", 1)[1]), threading.Event()
        senders = [Sender(port, member(n), stop) for n in range(1, CONNECTIONS + 1)]
        for sender in senders:
            sender.start()
        try:
            for number in range(ROUNDS):
                marks = [len(sender.acked) for sender in senders]
                wait_for("all to get on", lambda: all(len(s.acked) > m or s.error for s, m in zip(senders, marks)), 60)
                if number % 4 == 3:
                    kill_broker(stack)
                else:
                    kill_gateway(stack, number % 4 == 1)
        finally:
            stop.set()
            for sender in senders:
                sender.join()
        for sender in senders:
            check(not sender.error, "%s: %s" % (sender.who["member_id"], sender.error))
        stack.drain()
        acked = {control for sender in senders for control in sender.acked}
        stored = collections.Counter(value.split("|")[9] for _, value in raw(stack, "default"))
        lost = acked - set(stored)
        check(not lost, "%d answered and not stored: %s" % (len(lost), sorted(lost)[:5]))
        effects = collections.Counter(record["headers"]["ho-message-id"] for record in stack.tail("adt.matched"))
        ids = {headers["ho-message-id"] for headers, _ in raw(stack, "default")}
        check(set(effects) == ids, "%d messages without effect, %d effects without message" % (len(ids - set(effects)),
                                                                                               len(set(effects) - ids)))
        twice = [key for key, count in effects.items() if count != 1]
        check(not twice, "%d messages have more than one effect" % len(twice))
        resends = sum(sender.again for sender in senders)
        print("%d kills, %d messages answered, %d sent again, %d records of resends" %
              (ROUNDS, len(acked), resends, sum(stored.values()) - len(stored)))
        check(len(acked) >= CONNECTIONS * ROUNDS and resends > 0, "the kills met nothing in flight")
        check(ROUNDS < 2 or sum(stored.values()) > len(stored), "no kill came between the record and its answer")


if __name__ == "__main__":
    main(what_was_answered_is_stored_and_has_one_effect)
