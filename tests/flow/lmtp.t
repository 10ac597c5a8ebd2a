#!/usr/bin/env -S python3 -B
# The resident intake: LMTP in, the same answers as the pipe's for each recipient, hostile clients, and a kill in the middle of 200 posts.
import itertools
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, ELENI, MARIA, NIKOS, Site, holds, letter, message_id, same, test, until

ADDRESS = "environment@" + DOMAIN


class Server:
    def __init__(self, site):
        self.site, self.path = site, str(site.folder / "lmtp")
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.site.command("lmtp"))
        flow.cleanup.callback(self.process.kill)
        until(20, "it greets", self.greets)

    def greets(self):
        try:
            Client(self.path).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        same(self.process.wait(30), 0)


class Client:
    def __init__(self, path, lhlo=True):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")
        holds(self.reply().startswith("220 "), "a greeting")
        self.extensions = self.ask("LHLO flow.example.gr") if lhlo else ""

    def close(self):
        self.file.close()
        self.socket.close()

    def reply(self):
        lines = []
        while not lines or lines[-1][3:4] == "-":
            line = self.file.readline().decode()
            if not line:
                raise ConnectionError("it hung up")
            lines.append(line.rstrip("\r\n"))
        return "\n".join(lines)

    def say(self, line):
        self.socket.sendall(line if isinstance(line, bytes) else (line + "\r\n").encode())

    def ask(self, line):
        self.say(line)
        return self.reply()

    def begin(self, recipients, sender=NIKOS, more=""):
        """MAIL, RCPT and DATA at once, as PIPELINING allows."""
        self.say("MAIL FROM:<%s>%s\r\n" % (sender, more) + "".join("RCPT TO:<%s>\r\n" % one for one in recipients) + "DATA")
        same([self.reply()[:3] for _ in range(len(recipients) + 2)], ["250"] * (len(recipients) + 1) + ["354"])

    def post(self, mail, *recipients, **how):
        recipients = recipients or (ADDRESS,)
        self.begin(recipients, **how)
        self.say(b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in mail.removesuffix(b"\n").split(b"\n")) + b".\r\n")
        return [self.reply() for _ in recipients]


def small_site():
    site = Site().group(members=(NIKOS, ELENI))
    site.file.write_text(site.file.read_text().replace("[lmtp]", "[lmtp]\nlisten = %s\nseconds = 3\nsessions = 8" % (site.folder / "lmtp")))
    return site


site = small_site()
server = Server(site)


@test("each recipient has a reply of its own, and the archive has the mail as a pipe would have handed it over")
def replies():
    client, mail = Client(server.path), letter(text="Καλημέρα.\n.\n..\nFrom εδώ\n")
    for word in ("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "SIZE 104857600"):
        holds(word in client.extensions, word)
    site.group("health", "Υγεία")
    taken = client.post(mail, ADDRESS, "paideia@" + DOMAIN, "health@" + DOMAIN)
    same([reply[:9] for reply in taken], ["250 2.0.0", "550 5.1.1", "250 2.0.0"])
    same(site.count("posts", "message_id = '%s'" % message_id(mail)), 2)
    same(site.raw(1)[-len(mail):], mail)
    same(client.post(mail)[0][:3], "250", "handed in again")
    same(site.count("posts"), 2, "and not posted again")
    same(client.ask("RCPT TO:<%s>" % ADDRESS)[:3], "503")
    same(client.ask("QUIT")[:3], "221")


@test("mail from the size of a line to 50 MB, and with addresses in Greek, is taken; what is larger than the site takes is refused 552 5.3.4")
def sizes():
    client = Client(server.path)
    for size in (1, 1 << 16, 50 << 20):
        mail = letter(text="x" * 70 + "\n" + ("y" * 99 + "\n") * (size // 100))
        same(client.post(mail)[0][:3], "250")
        same(site.raw(site.rows("SELECT max(id) FROM posts")[0][0])[-len(mail):] == mail, True)
    same(client.post(letter(), sender="νίκος@example.gr", more=" SMTPUTF8")[0][:3], "250")
    same(client.ask("MAIL FROM:<a@example.gr> SIZE=104857601")[:9], "552 5.3.4")
    server.stop()
    site.set("limits", "message_bytes", 20000)
    server.start()
    client, before = Client(server.path), site.count("posts")
    same(client.post(letter(text="z" * 30000 + "\n"))[0][:9], "552 5.3.4")
    same((client.post(letter())[0][:3], site.count("posts")), ("250", before + 1))


@test("hostile clients are sent away, leave nothing behind, and keep nobody else waiting")
def hostile():
    before, head = site.count("posts"), letter().replace(b"\n", b"\r\n")
    long = Client(server.path)
    same(long.ask("NOOP " + "x" * 3000)[:3], "421")
    endless = Client(server.path)
    endless.begin([ADDRESS])
    try:
        for _ in range(1000):
            endless.say(b"x" * 1000)
        same(endless.reply()[:3], "421")
    except OSError:
        pass
    for end in (b"", b"\r\n.", b"\r\n.\r", b"\n.\n", b"\n.\r\n", b"\r.\r"):
        half = Client(server.path)
        half.begin([ADDRESS])
        half.say(head.removesuffix(b"\r\n") + end)
        half.close()
    slow = Client(server.path)
    slow.begin([ADDRESS])
    started = time.monotonic()
    try:
        for _ in range(100):
            slow.say(b"x")
            time.sleep(0.2)
    except OSError:
        pass
    holds(time.monotonic() - started < 15, "a slow drip is ended")
    same(site.count("posts"), before)
    same(Client(server.path).post(letter())[0][:3], "250")


@test("a second server on the same socket is refused, and more clients than allowed are told so")
def crowded():
    said = site.run("lmtp", code=None)
    holds(said.returncode == 78 and b"already" in said.stderr, "%d %r" % (said.returncode, said.stderr))
    until(10, "the old sessions are gone", server.greets)
    many = []
    try:
        for _ in range(20):
            many.append(Client(server.path, lhlo=False))
        holds(False, "20 clients at once")
    except (AssertionError, OSError):
        holds(1 <= len(many) <= 8, "%d clients" % len(many))
    for client in many:
        client.close()


def children(process):
    return list(map(int, pathlib.Path("/proc/%d/task/%d/children" % (process, process)).read_text(encoding="ascii").split()))


@test("each mail has a reader of its own; one that is ended before it has its mail is a reason to try again, and one that is told to end reads on")
def readers():
    until(10, "the writer is alone with the session to come", lambda: len(children(server.process.pid)) == 2)
    session = children(server.process.pid)[1]
    until(10, "the session has the reader of its first mail", lambda: len(children(session)) == 1)
    client, before, seen = Client(server.path), (site.count("posts"), site.count("held")), set()

    def reader():
        same([client.ask("MAIL FROM:<%s>" % MARIA)[:3], client.ask("RSET")[:3]], ["250", "250"])
        return children(session)[0]
    for number in range(3):
        seen.add(reader())
        same(client.post(letter(text="Μήνυμα %d\n" % number))[0][:3], "250")
    same((len(seen), len(children(session))), (3, 1), "readers, and those who wait")
    os.kill(reader(), signal.SIGKILL)
    mail = letter(text="Ξανά\n")
    same(client.post(mail)[0][:9], "451 4.3.0")
    same((site.count("posts"), site.count("held")), (before[0] + 3, before[1]), "kept by the client alone")
    same(client.post(mail)[0][:3], "250", "handed in again")
    for end in signal.SIGKILL, signal.SIGCONT:  # stopped, it is ended with its message before it
        stopped = reader()
        os.kill(stopped, signal.SIGSTOP)
        waiting = threading.Thread(target=lambda: answers.append(client.post(mail)[0]))
        answers, mail = [], letter(text="Ακόμη %d\n" % end)
        waiting.start()
        until(10, "it has its message", lambda: any("diktyo-message" in os.readlink(file) and file.stat().st_size > 0 for file in pathlib.Path("/proc/%d/fd" % session).iterdir()))
        os.kill(stopped, end)
        waiting.join(30)
        same(answers[0][:9], "451 4.3.0" if end == signal.SIGKILL else "250 2.0.0")
    same((site.count("posts"), site.count("held")), (before[0] + 5, before[1]))
    os.kill(reader(), signal.SIGTERM)
    same(client.post(letter(text="Τέλος\n"))[0][:3], "250")
    same((site.count("posts"), site.count("held")), (before[0] + 6, before[1]))


@test("killed again and again while four clients hand in 200 posts and try anew: none lost, none doubled")
def killed():
    before, mails, answered = site.count("posts"), [letter(subject="Θέμα %d" % i, text="Κείμενο %d\n" % i) for i in range(200)], itertools.count()

    def hand_in(mine):
        client = None
        for mail in mine:
            while True:
                try:
                    client = client or Client(server.path)
                    if client.post(mail)[0].startswith("250"):
                        next(answered)
                        break
                except (OSError, AssertionError):
                    client = None
                    time.sleep(0.02)

    clients = [threading.Thread(target=hand_in, args=(mails[i::4],)) for i in range(4)]
    for client in clients:
        client.start()
    kills = 0
    while kills < 3:
        time.sleep(0.4)  # only spreads the kills over the work
        for victim in [server.process.pid, *children(server.process.pid)]:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        server.process.wait()
        server.start()
        kills += 1
    for client in clients:
        client.join(120)
    same(next(answered), 200)
    same(site.count("posts"), before + 200)
    same(site.rows("SELECT count(DISTINCT message_id) FROM posts WHERE subject LIKE 'Θέμα %'"), [(200,)])
    server.stop()


@test("behind a real Postfix with an lmtp transport, a mail is posted and an unknown address comes back with our words")
def behind_postfix():
    if flow.why_no_postfix():
        flow.skip(flow.why_no_postfix())
    postfix = flow.Postfix([NIKOS, ELENI, MARIA])
    postfix.site.group(members=(NIKOS, ELENI))
    place = flow.work / "run"
    place.mkdir()
    place.chmod(0o755)
    shutil.chown(place, "list", "list")
    postfix.site.file.write_text(postfix.site.file.read_text().replace("[lmtp]", "[lmtp]\nlisten = %s/lmtp" % place))
    postfix.tool("stop")
    postfix.start_words = ["--members", flow.work / "people", "--lmtp", place / "lmtp"]
    postfix.start()
    process = subprocess.Popen(postfix.site.command("lmtp"))
    flow.cleanup.callback(process.wait)
    flow.cleanup.callback(process.terminate)
    until(20, "it listens", (place / "lmtp").exists)
    shutil.chown(place / "lmtp", group="postfix")
    mail = letter(subject="Ωράριο", text="Καλημέρα.\n.\nFrom εδώ\n")
    postfix.send(mail, ADDRESS, "paideia@" + DOMAIN, sender=ELENI)
    until(30, "it is posted", lambda: postfix.site.count("posts") == 1)
    raw = postfix.site.raw(1)
    holds(raw.endswith(mail) and b"Delivered-To: " in raw[:400] and b"Return-Path: <" in raw[:100], "the trace fields: %r" % raw[:400])
    report = until(30, "the report arrives", lambda: [copy for recipient, copy in postfix.arrived() if recipient == ELENI])[0]
    holds(b"5.1.1" in report and b"There is no such address here" in report, report.decode("utf-8", "replace")[:2000])


flow.main()
