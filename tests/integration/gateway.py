#!/usr/bin/python3
"""The gateway on the wire, on a real broker: modes, resends, limits, odd peers, TLS, Kafka away, drain."""
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import Stack, check, main, wait_for  # noqa: E402
from mllp import Client, Gateway, Stopped, code, elapsed, fields, frame, message, raw  # noqa: E402

stack = None


def values(feed):
    return [value for _, value in raw(stack, feed)]


def each_feed_answers_in_its_mode():
    feeds = {"m-auto": "[mllp]\n", "m-orig": "[mllp]\nack = original\n", "m-enh": "[mllp]\nack = enhanced\n",
             "m-strict": "[feed]\ntypes = ADT^A01\nversions = 2.3 2.5.1\nprocessing_ids = P\n"
                         "[mllp]\non_content_error = refuse\n"}
    rows = [  # feed, message, code, stored
        ("m-auto", message("1"), "AA", True), ("m-auto", message("2", tail="|||AL|NE"), "CA", True),
        ("m-auto", message("3", tail="|||NE|AL"), "AA", True), ("m-orig", message("1", tail="|||AL|NE"), "AA", True),
        ("m-enh", message("1"), "CA", True), ("m-enh", message("2", processing="X"), "CR", False),
        ("m-auto", message("4", processing="T"), "AA", True), ("m-auto", message("5", processing="X"), "AR", False),
        ("m-auto", b"hello", "AR", False), ("m-strict", message("1"), "AA", True),
        ("m-strict", message("2", event="A08"), "AR", False), ("m-strict", message("3", version="2.4"), "AR", False),
        ("m-strict", message("4", processing="T"), "AR", False), ("m-strict", message("5", body="PV1|1\r"), "AE", True),
        ("m-auto", message("6", body="PV1|1\r"), "AA", True)]
    with Gateway(stack, "modes", feeds) as gateway:
        for feed, one, expected, _ in rows:
            with gateway.client(feed) as client:
                answer = client.ask(one)
                check(code(answer) == expected, "%s: %r gave %r" % (feed, one, answer))
                check(client.pieces == 1, "an answer came in %d pieces" % client.pieces)
                check((fields(answer, "ERR") is None) == (expected in ("AA", "CA")), "ERR: %r" % answer)
                if one != b"hello":
                    sent = fields(one, "MSH")
                    got = fields(answer, "MSH")
                    check(fields(answer, "MSA")[2] == sent[9], "MSA-2 of %r" % answer)
                    check(got[2:6] == [sent[4], sent[5], sent[2], sent[3]], "MSH-3 to 6 of %r" % answer)
        with gateway.client("m-auto") as client:
            client.send(message("silent", tail="|||ER|NE"), message("after"))
            answer = client.answer()
            check(fields(answer, "MSA")[2] == b"after", "silence, then %r" % answer)
        for feed in feeds:
            stored = [m.decode("latin-1") for f, m, _, s in rows if f == feed and s]
            stored += [message("silent", tail="|||ER|NE").decode(), message("after").decode()] if feed == "m-auto" else []
            check(values(feed) == stored, "%s: stored %s" % (feed, values(feed)))
        headers, value = raw(stack, "m-auto")[3]
        check("|T|" in value and headers["ho-processing-id"] == "T", "T is not tagged: %s" % headers)
        wanted = {"ce_specversion": "1.0", "ce_type": "handoff.adt_raw.v1", "ho-feed": "m-auto", "ho-mode": "live"}
        check(wanted.items() <= headers.items() and headers["ce_id"] == headers["ho-message-id"], "headers %s" % headers)
        check(len(headers["traceparent"]) == 55 and headers["ho-received-ms"].isdigit(), "headers %s" % headers)
        for line, count in (("aa_total{feed=\"m-auto\"}", 5), ("ca_total{feed=\"m-auto\"}", 1), ("ar_total{feed=\"m-auto\"}", 2),
                            ("none_total{feed=\"m-auto\"}", 1), ("ae_total{feed=\"m-strict\"}", 1)):
            check(gateway.metric("ho_mllp_answers_" + line) == count, "%s: %s" % (line, gateway.metric("ho_mllp_answers_" + line)))
        for reason, count in (("type", 0), ("event", 1), ("version", 1), ("processing_id", 3), ("unreadable", 1), ("content", 1)):
            found = gateway.metric('ho_mllp_refusals_total{reason="%s"}' % reason)
            check(found == count, "refused for %s: %d" % (reason, found))
        check(gateway.metric("ho_mllp_ack_seconds_count") == 11, "latencies: %s" % gateway.metric("ho_mllp_ack_seconds_count"))
        check(gateway.feed("m-strict")["last_ms"] > time.time() * 1000 - 60000, "last message: %s" % gateway.feed("m-strict"))


def release_2_has_commit_blocks():
    with Gateway(stack, "release2", {"r2": "[mllp]\nrelease = 2\n"}) as gateway, gateway.client("r2") as client:
        client.send(message("1"))
        check(client.answer() == b"\x06", "no commit block")
        check(code(client.answer()) == "AA", "no answer behind it")
        client.write(frame(b"\x06"))  # the sender commits our answer: no message
        client.send(message("2", processing="X"))
        check(client.answer() == b"\x15", "no negative block")
        check(client.quiet(), "something stands behind the negative block: %r" % client.held)
        check(len(values("r2")) == 1 and gateway.feed("r2")["received"] == 2, "stored %s" % values("r2"))


def a_resend_gets_the_stored_answer():
    with Gateway(stack, "resend", {"rs": "[mllp]\n"}, "--mllp.resend_count=4") as gateway:
        with gateway.client("rs") as client, gateway.client("rs") as other:
            first = client.ask(message("a"))
            check(client.ask(message("a")) == first and other.ask(message("a")) == first, "another answer")
            check(len(values("rs")) == 1, "stored %s" % values("rs"))
            check(other.ask(message("a", event="A03")) != first, "other bytes got the first one's answer")
            check(gateway.feed("rs")["control_id_reused"] == 1 and gateway.feed("rs")["resent"] == 2, "%s" % gateway.feed("rs"))
            check(code(client.ask(message(""))) == code(client.ask(message(""))) == "AA", "empty control ids")
            check(len(values("rs")) == 4, "stored %s" % values("rs"))
            refused = client.ask(message("r", processing="X"))
            check(code(refused) == code(client.ask(message("r", processing="X"))) == "AR", "a refusal is not kept")
            for n in range(4):
                client.ask(message("fill%d" % n))
            check(client.ask(message("a")) != first, "the window is not bounded")
            check(len(values("rs")) == 9, "stored %s" % values("rs"))
    with Gateway(stack, "resend2", {"rs2": "[mllp]\nwhen_away = hold\n"}) as gateway:
        with gateway.client("rs2") as client, gateway.client("rs2") as other, Stopped(stack) as broker:
            client.send(message("late"))
            wait_for("the first", lambda: gateway.feed("rs2")["in_flight"] == 1)
            client.send(message("late"))
            other.send(message("late"), message("next"))
            wait_for("all", lambda: gateway.feed("rs2")["received"] == 4)
            broker.go_on()
            answers = [client.answer(), client.answer(), other.answer(), other.answer()]
            check(len({bytes(a) for a in answers[:3]}) == 1 and fields(answers[3], "MSA")[2] == b"next", "answers %s" % answers)
        check(len(values("rs2")) == 2, "stored %s" % values("rs2"))


def frames_survive_every_odd_peer():
    with Gateway(stack, "odd", {"odd": "[mllp]\n"}, "--mllp.frame_bytes_max=20000") as gateway:
        expected = []

        def one(control, **kwargs):
            expected.append(message(control, **kwargs).decode("latin-1"))
            return message(control, **kwargs)

        with gateway.client("odd") as client:
            for byte in frame(one("bytewise")):
                client.write(bytes([byte]))
            check(code(client.answer()) == "AA", "byte by byte")
            many = [one("many%d" % n) for n in range(150)]
            client.send(*many)
            for n in range(150):
                check(fields(client.answer(), "MSA")[2] == b"many%d" % n, "pipelined answer %d is another's" % n)
            client.write(b"junk\r\n\0\0" + frame(one("behind junk")))
            check(code(client.answer()) == "AA", "behind junk")
            client.write(b"\x0b" + one("no CR") + b"\x1c")
            check(code(client.answer()) == "AA", "0x1C without CR, then silence")
            client.write(b"\x0b" + one("split") + b"\x1c")
            client.write(b"\r" + frame(one("after the split")))
            check([code(client.answer()), code(client.answer())] == ["AA", "AA"], "split between 0x1C and CR")
            client.send(one("vertical tab", body="PID|1||7\x0bX\r"))
            check(code(client.answer()) == "AA", "0x0B as data")
            client.write(b"\x0b" + message("begun")[:40] + frame(one("begun again")))
            answer = client.answer()
            check(fields(answer, "MSA")[2] == b"begun again", "a frame that began again: %r" % answer)
            answer = client.ask(message("long", body="ZZZ|" + "x" * 30000 + "\r"))
            check(code(answer) == "AE" and b"|104^" in answer and fields(answer, "MSA")[2] == b"long", "too long: %r" % answer[:300])
            check(code(client.ask(one("after the long one"))) == "AA", "after a frame too long")
        with gateway.client("odd") as client:
            client.send(one("last words"))
            client.socket.shutdown(1)
            check(code(client.answer()) == "AA" and client.closed(5), "half closed")
        with gateway.client("odd") as client:
            client.write(b"\x0b" + message("cut off"))
        wait_for("the cut", lambda: gateway.metric("ho_mllp_cut_frames_total") == 1)
        check(values("odd") == expected, "stored %d, not %d" % (len(values("odd")), len(expected)))
        check(gateway.metric("ho_mllp_junk_bytes_total") == 4, "junk: %s" % gateway.metric("ho_mllp_junk_bytes_total"))
        check(gateway.metric("ho_mllp_broken_frames_total") == 1, "broken frames")


def slow_peers_end_and_hold_up_nobody():
    options = ("--mllp.frame_ms=1500", "--mllp.idle_ms=4000", "--mllp.connections_max=40")
    with Gateway(stack, "slow", {"slow": "[mllp]\n", "quick": "[mllp]\n"}, *options) as gateway:
        begin = time.monotonic()
        lorises = [gateway.client("slow") for _ in range(20)]
        idle = gateway.client("slow")
        deaf = gateway.client("slow")
        worst = 0.0
        feeding = time.monotonic()
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stop = threading.Event()
        pump = threading.Thread(target=never_reads, args=(deaf, stop))
        pump.start()
        with gateway.client("quick") as client:
            while elapsed(feeding) < 1.2:
                for loris in lorises:
                    loris.write(b"\x0bMSH" if elapsed(feeding) < 0.1 else b"|")
                asked = time.monotonic()
                check(code(client.ask(message("q%f" % asked))) == "AA", "the quick feed was held up")
                worst = max(worst, elapsed(asked))
        check(worst < 1.0, "the quick feed waited %.2f s" % worst)
        for loris in lorises:
            check(loris.closed(5), "a frame that does not end keeps its connection")
        check(elapsed(begin) < 8, "it took %.1f s" % elapsed(begin))
        wait_for("the deaf one", lambda: gateway.metric('ho_mllp_timeouts_total{what="answers"}') == 1)
        stop.set()
        pump.join()
        check(gateway.metric('ho_mllp_timeouts_total{what="frame"}') == 20, "the deaf one's frames were whole")
        check(idle.closed(8), "an idle connection stays")
        many = [gateway.client("quick") for _ in range(40)]
        with gateway.client("quick") as extra:
            check(extra.closed(5), "more connections than the bound")
        many.pop().socket.close()
        wait_for("room", lambda: gateway.status()["connections"] == 39)
        with gateway.client("quick") as client:
            check(code(client.ask(message("room"))) == "AA", "room again")


def never_reads(client, stop):
    """Sends and never reads, until it is cut off. Its answers are long, so that they soon fill what the kernel holds."""
    client.socket.settimeout(0.2)
    number, rest = 0, b""
    while not stop.is_set():
        rest = rest or b"".join(frame(message("deaf%d" % n, sender="E" * 3000)) for n in range(number, number + 100))
        try:
            rest = rest[client.socket.send(rest):]
            number += 0 if rest else 100
        except TimeoutError:
            continue
        except OSError:
            return


def who_takes_its_answers_slowly_gets_them_all():
    """For longer than a deaf peer may be: the connection lives while some are taken, and what is not taken is counted."""
    with Gateway(stack, "taking", {"tk": "[mllp]\nwhen_away = hold\n"}, "--mllp.frame_ms=1000") as gateway, gateway.client("tk") as client:
        count, most = 60, 0
        with Stopped(stack) as broker:  # so that all are answered in one go
            client.send(*[message("s%d" % n, sender="E" * 15000) for n in range(count)])
            wait_for("all", lambda: gateway.feed("tk")["received"] == count)
            broker.go_on()
        begin = time.monotonic()
        wait_for("answers", lambda: gateway.feed("tk")["in_flight"] == 0)
        for n in range(count):
            answer = client.answer()
            check(answer and fields(answer, "MSA")[2] == b"s%d" % n, "answer %d: %r" % (n, answer[-40:] if answer else None))
            while elapsed(begin) < 4.0 * n / count:
                most = max(most, gateway.status()["bytes"])  # which takes its time, too
        check(most > 300000, "at most %d bytes are counted" % most)
        check(elapsed(begin) > 3, "it was not slow: %.1f s" % elapsed(begin))
        check(gateway.metric('ho_mllp_timeouts_total{what="answers"}') == 0, "it was taken for deaf")
        wait_for("all bytes given back", lambda: gateway.status()["bytes"] == 0)


def no_files_left_is_no_storm():
    """As many open files as the process may have: those who wait are accepted once there is room; one line tells it."""
    with Gateway(stack, "files", {"fl": "[mllp]\n"}) as gateway, gateway.client("fl") as first:
        check(code(first.ask(message("0"))) == "AA", "before")
        pid, cpu = gateway.process.pid, lambda: sum(int(n) for n in open("/proc/%d/stat" % gateway.process.pid).read().rsplit(")", 1)[1].split()[11:13])
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir("/proc/%d/fd" % pid)), limits[1]))
        waiting, begin, before = gateway.client("fl"), time.monotonic(), cpu()
        waiting.send(message("1"))
        for n in range(200):
            check(code(first.ask(message("busy%d" % n))) == "AA", "those who are there are served")
        check(waiting.quiet(1), "it was accepted: %r" % waiting.held)
        used = (cpu() - before) / os.sysconf("SC_CLK_TCK")
        check(used < 0.5 * elapsed(begin), "%.2f s of the processor in %.2f s" % (used, elapsed(begin)))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        check(code(waiting.answer()) == "AA", "there is room again")
        waiting.socket.close()
        with open(os.path.join(gateway.dir, "log")) as log:
            told = log.read().count("cannot accept")
        check(told == 1, "told %d times" % told)


def memory_is_bounded_while_kafka_is_away():
    options = ("--mllp.connection_bytes_max=300000", "--mllp.frame_bytes_max=100000", "--mllp.feed_bytes_max=2000000",
               "--mllp.total_bytes_max=4000000")
    big = "ZZZ|" + "x" * 60000 + "\r"
    with Gateway(stack, "memory", {"hog": "[mllp]\nwhen_away = hold\n", "hog2": "[mllp]\nwhen_away = hold\n",
                                   "hog3": "[mllp]\nwhen_away = hold\n", "small": "[mllp]\nwhen_away = hold\n"}, *options) as gateway:
        before = gateway.rss_kb()
        with Stopped(stack) as broker:
            clients = [(gateway.client(feed, seconds=60), "%s-%d" % (feed, n)) for feed in ("hog", "hog2", "hog3") for n in range(12)]
            senders = [threading.Thread(target=client.send, args=[message("%s-%d" % (name, k), body=big) for k in range(20)])
                       for client, name in clients]
            for sender in senders:
                sender.start()
            wait_for("a pause", lambda: all(gateway.feed(f)["paused"] for f in ("hog", "hog2", "hog3")))
            status = gateway.status()
            check(status["bytes"] < 4000000 + 1000000, "%d bytes in flight" % status["bytes"])
            with gateway.client("small") as small:  # below its reserve: read although the others fill the whole
                small.send(message("small"))
                wait_for("the small feed", lambda: gateway.feed("small")["received"] == 1)
            check(gateway.rss_kb() - before < 30000, "%d kB more" % (gateway.rss_kb() - before))
            broker.go_on()
            for client, name in clients:
                for k in range(20):
                    answer = client.answer()
                    check(code(answer) == "AA" and fields(answer, "MSA")[2].decode() == "%s-%d" % (name, k), "%r" % answer)
                client.socket.close()
            for sender in senders:
                sender.join()
        for feed in ("hog", "hog2", "hog3"):
            check(len(values(feed)) == 240, "%s: stored %d" % (feed, len(values(feed))))
        wait_for("all bytes given back", lambda: gateway.status()["bytes"] == 0)
        # Frames that have begun fill the whole, and nothing is at Kafka: one after the other still gets whole.
        halves = [gateway.client("hog", seconds=60) for _ in range(40)]
        for n, client in enumerate(halves):
            threading.Thread(target=client.write, args=[frame(message("half%d" % n, body="ZZZ|" + "x" * 95000 + "\r"))[:-1]]).start()
        for client in halves:
            check(code(client.answer()) == "AA", "a frame that had begun was not let in")  # ended by silence after 0x1C
            client.socket.close()


def certificates(folder):
    """An authority, a server, and clients by CN and by SAN, made by openssl; one client of another authority."""
    def run(*args):
        subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    os.makedirs(folder, exist_ok=True)
    for ca in ("ca", "other"):
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=" + ca, "-keyout", ca + ".key", "-out", ca + ".pem")
    for name, subject, san, ca in (("server", "gateway", "DNS:localhost", "ca"), ("cn", "Hospital One", "DNS:x.example", "ca"),
                                   ("san", "somebody", "DNS:adt.two.example", "ca"), ("nobody", "nobody", "DNS:n.example", "ca"),
                                   ("forged", "Hospital One", "DNS:adt.two.example", "other")):
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + subject, "-keyout",
            name + ".key", "-out", name + ".csr")
        with open(os.path.join(folder, name + ".ext"), "w") as out:
            out.write("subjectAltName=%s\n" % san)
        run("x509", "-req", "-in", name + ".csr", "-CA", ca + ".pem", "-CAkey", ca + ".key", "-CAcreateserial", "-days", "2",
            "-extfile", name + ".ext", "-out", name + ".pem")


def a_certificate_names_its_feed():
    folder = os.path.join(stack.dir, "certificates")
    certificates(folder)

    def context(name, **versions):
        made = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
        made.check_hostname = False
        if name:
            made.load_cert_chain(os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key"))
        for key, value in versions.items():
            setattr(made, key, value)
        return made

    tls = stack.base + 30
    options = ["--tls.listen=127.0.0.1:%d" % tls, "--mllp.handshake_ms=1000"]
    options += ["--tls.%s=%s" % (key, os.path.join(folder, file)) for key, file in
                (("certificate", "server.pem"), ("key", "server.key"), ("ca", "ca.pem"))]
    feeds = {"t-one": "[tls]\nname = Hospital One\n", "t-two": "[tls]\nname = ADT.two.example\n[mllp]\n"}
    with Gateway(stack, "tls", feeds, *options) as gateway:
        two = gateway.ports["t-two"]
        for port, name, feed in ((tls, "cn", "t-one"), (tls, "san", "t-two"), (two, "san", "t-two")):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with Client(port, context(name, maximum_version=version)) as client:
                    control = "%d-%s" % (port, version)
                    answer = client.ask(message(control, body="ZZZ|" + "y" * 50000 + "\r"))
                    check(code(answer) == "AA", "%s: %r" % (name, answer))
                    check(control in values(feed)[-1], "%s is not in %s" % (control, feed))
                    client.send(*[message("%s-%d" % (control, n)) for n in range(100)])
                    for n in range(100):
                        check(fields(client.answer(), "MSA")[2].decode() == "%s-%d" % (control, n), "pipelined over TLS")
        for port, name in ((tls, None), (tls, "nobody"), (tls, "forged"), (two, "cn"), (two, None)):
            try:
                with Client(port, context(name)) as client:
                    client.send(message("x"))
                    check(client.answer() is None, "%s on %d was answered" % (name, port))
            except (ssl.SSLError, ConnectionError):
                pass
        check(gateway.metric('ho_mllp_connections_refused_total{reason="certificate"}') == 2, "nobody, and one on two's port")
        with Client(two) as plain:  # no handshake at all, or what is none
            check(plain.closed(5), "a connection without handshake stays")
        with Client(two) as plain:
            plain.send(message("plain"))
            check(plain.closed(5), "plain bytes on a TLS port")
        new_keys(tls, folder, "-tls1_3", b"K\n", "after new keys")
        new_keys(tls, folder, "-tls1_2", b"R\n", None)
        with Client(tls, context("cn")) as client:
            check(code(client.ask(message("after them"))) == "AA", "after who renegotiates")
        check(len(values("t-one")) == 204 and len(values("t-two")) == 404, "stored %d and %d" % (len(values("t-one")), len(values("t-two"))))
    for key, file, words in (("certificate", "nothere.pem", "tls.certificate"), ("key", "cn.key", "tls.key"), ("ca", "x", "tls.ca")):
        refused = Gateway(stack, "tls-wrong", feeds, *options, "--tls.%s=%s" % (key, os.path.join(folder, file)))
        refuses(refused, words)
    refuses(Gateway(stack, "tls-none", feeds), "are needed")
    refuses(Gateway(stack, "file", {"x": "[feed]\nfacilty = X\n"}), "x.ini:2: [feed] facilty")
    refuses(Gateway(stack, "bounds", {}, "--mllp.total_bytes_max=3000"), "mllp.total_bytes_max")


def new_keys(port, folder, version, command, control):
    """openssl s_client asks for new keys, then sends a message. TLS 1.2's renegotiation is refused: control None."""
    client = subprocess.Popen(["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, version, "-cert", os.path.join(folder, "cn.pem"),
                               "-key", os.path.join(folder, "cn.key"), "-CAfile", os.path.join(folder, "ca.pem")],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
    said = b""
    while b"Verify return code" not in said:
        data = os.read(client.stdout.fileno(), 65536)
        check(data, "no handshake: %r" % said[-300:])
        said += data
    client.stdin.write(command)
    wanted = b"KEYUPDATE" if control else b"RENEGOTIATING"
    while wanted not in said:
        said += os.read(client.stdout.fileno(), 65536)
    if control:
        client.stdin.write(frame(message(control)))
    data = b"."
    while data and not (control and b"MSA|AA|" + control.encode() in said):
        data = os.read(client.stdout.fileno(), 65536)
        said += data
    check(not control or b"MSA|AA|" in said, "%s: %r" % (version, said[-300:]))
    client.stdin.close()
    client.kill()
    client.wait()


def refuses(gateway, words):
    try:
        gateway.start()
    except Exception as error:
        check(words in str(error), "%s: %s" % (words, error))
    check(gateway.process.wait(20) == 64, "%s: exit %s" % (words, gateway.process.returncode))


def kafka_away_is_refused_or_held_as_the_feed_says():
    feeds = {"k-refuse": "[mllp]\n", "k-hold": "[mllp]\nwhen_away = hold\n", "k-enh": "[mllp]\nack = enhanced\n"}
    with Gateway(stack, "away", feeds, "--mllp.store_ms=1000") as gateway:
        with gateway.client("k-refuse") as refuse, gateway.client("k-hold", seconds=60) as hold, gateway.client("k-enh") as enh:
            check(code(refuse.ask(message("0"))) == code(hold.ask(message("0"))) == "AA" and code(enh.ask(message("0"))) == "CA", "before")
            with Stopped(stack) as broker:
                hold.send(message("held"))
                begin = time.monotonic()
                answer = refuse.ask(message("1"))
                check(code(answer) == "AR" and b"|207^" in answer and elapsed(begin) < 4, "%r after %.1f s" % (answer, elapsed(begin)))
                check(code(enh.ask(message("1"))) == "CE", "enhanced")
                enh.send(message("2"))  # the one that asks whether Kafka is back
                wait_for("a message on its way", lambda: gateway.feed("k-enh")["in_flight"] == 1)
                begin = time.monotonic()
                check(code(refuse.ask(message("3"))) == "AR" and elapsed(begin) < 0.5, "not at once: %.2f s" % elapsed(begin))
                check(gateway.metric("ho_mllp_kafka_away") == 1 and gateway.status()["kafka_away"], "nobody says that Kafka is away")
                check(hold.quiet(), "a held message was answered: %r" % hold.held)
                check(code(enh.answer()) == "CE", "the one that asked")
                broker.go_on()
            check(code(hold.answer()) == "AA", "the held message")
            wait_for("Kafka is back", lambda: code(refuse.ask(message("again%f" % time.monotonic()))) == "AA")
            check(code(refuse.ask(message("1"))) == "AA" and code(enh.ask(message("1"))) == "CA", "sent again")
        wait_for("the metric", lambda: gateway.metric("ho_mllp_kafka_away") == 0)
        check(values("k-hold") == [message("0").decode(), message("held").decode()], "held: %s" % values("k-hold"))
        check(values("k-refuse").count(message("1").decode()) >= 1, "refused and sent again: %s" % values("k-refuse"))


def term_answers_what_is_in_flight():
    gateway = Gateway(stack, "drain", {"d": "[mllp]\nwhen_away = hold\n"}).start()
    with gateway.client("d", seconds=60) as busy, gateway.client("d") as idle, gateway.client("d") as begun:
        check(code(busy.ask(message("0"))) == "AA", "before")
        begun.write(b"\x0b" + message("begun"))
        with Stopped(stack) as broker:
            busy.send(message("1"), message("2"))
            wait_for("them on their way", lambda: gateway.feed("d")["in_flight"] == 2)
            gateway.process.send_signal(signal.SIGTERM)
            check(idle.closed(5) and begun.closed(5), "connections without a question stay")
            busy.send(message("3"))  # too late: neither taken nor answered
            check(gateway.page("/readyz")[0] == 503, "a gateway that stops is ready")
            try:
                gateway.client("d").ask(message("4"), 3)
                check(False, "a new connection was answered")
            except OSError:
                pass
            broker.go_on()
        answers = [busy.answer(), busy.answer()]
        check([fields(a, "MSA")[2] for a in answers] == [b"1", b"2"], "answers %s" % answers)
        check(busy.closed(10) and gateway.process.wait(20) == 0, "exit %s" % gateway.process.returncode)
    check(len(values("d")) == 3, "stored %s" % values("d"))


def order_holds_while_the_producer_changes():
    """Many connections make the feed change to the producer that lingers and back; each connection's order holds."""
    with Gateway(stack, "order", {"ord": "[mllp]\n"}) as gateway:
        clients = [gateway.client("ord") for _ in range(8)]
        for wave in range(6):
            for number, client in enumerate(clients):
                client.send(*[message("%d-%d" % (number, wave * 40 + n)) for n in range(40)])
            for client in clients:
                for _ in range(40):
                    check(code(client.answer()) == "AA", "not stored")
            check(code(clients[0].ask(message("calm%d" % wave))) == "AA", "calm")
        check(gateway.metric("ho_mllp_producer_changes_total") >= 2, "the producer never changed")
        rows = [value.split("|")[9] for value in values("ord") if "|calm" not in value]
        for number in range(8):
            mine = [int(r.split("-")[1]) for r in rows if r.startswith("%d-" % number)]
            check(mine == list(range(240)), "connection %d: %s" % (number, mine[:20]))


if __name__ == "__main__":
    ended = SystemExit(1)
    with Stack("gateway", "--no-daemons") as stack:
        try:
            main(each_feed_answers_in_its_mode, release_2_has_commit_blocks, a_resend_gets_the_stored_answer,
                 frames_survive_every_odd_peer, slow_peers_end_and_hold_up_nobody, who_takes_its_answers_slowly_gets_them_all,
                 no_files_left_is_no_storm, memory_is_bounded_while_kafka_is_away,
                 a_certificate_names_its_feed, kafka_away_is_refused_or_held_as_the_feed_says,
                 order_holds_while_the_producer_changes, term_answers_what_is_in_flight)
        except SystemExit as end:  # the stack is to go in any case
            ended = end
    raise ended
