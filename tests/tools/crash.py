"""crash.py: what the crash tests share: small instances full of work, one struck run of a command, and what must hold afterwards.

A Case is a command with an instance that has work for it. A point is one system call of the command's reference run, by process, call
and occurrence (tests/tools/strike.c), with what is done there. After each strike the command is run again, as a mail server or
cron would, and the database must end exactly as after an undisturbed run; columns that two undisturbed runs fill differently
(random numbers) are left out of that comparison, and printed."""
import contextlib
import importlib.machinery
import importlib.util
import itertools
import multiprocessing
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time

import flow
from flow import DOMAIN, ELENI, MARIA, NIKOS, STRANGER, Site, letter

STRIKE = os.path.abspath("build/plain/tools/strike")
OLD_SCHEMA = os.path.abspath("build/plain/tools/old_schema")
ROBOT = "diktyo@" + DOMAIN
DAY = 86400
NOW = int(time.time()) + DAY
LEASE = 600
SESSIONS = 2
TIMEOUT = 100
LATER, NEVER = "later@slow.example.gr", "never@gone.example.gr"  # the sink answers these with 451 and 550


# --- the sink: an SMTP server that refuses some and remembers whom it said 250 for --------------------------------------

def scripted_module():
    loader = importlib.machinery.SourceFileLoader("scripted_smtp", "tests/tools/scripted-smtp")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("scripted_smtp", loader))
    loader.exec_module(module)

    class Picky(module.Connection):
        line = b""

        def read_line(self):
            self.line = super().read_line()
            return self.line

        def behaviour(self, step):
            if step == "rcpt" and LATER.encode() in self.line:
                return "451 4.2.1 αργότερα"
            if step == "rcpt" and NEVER.encode() in self.line:
                return "550 5.1.1 άγνωστος"
            return super().behaviour(step)

    module.Connection = Picky
    return module


class Sink(scripted_module().Server):
    """The taken mails by session; `settle` waits until every connection is over."""

    def __init__(self):
        super().__init__()
        self.open = 0

    def one(self, stream, number):
        with self.lock:
            self.open += 1
        try:
            super().one(stream, number)
        finally:
            with self.lock:
                self.open -= 1

    def settle(self):
        """Until no connection is open."""
        end = time.monotonic() + 10
        quiet = 0
        while quiet < 2 and time.monotonic() < end:
            quiet = quiet + 1 if self.open == 0 else 0
            time.sleep(0.001)

    def taken(self):
        """[(session, Message-ID, recipient)] of every copy that was answered with 250, in that order."""
        with self.lock:
            return [(envelope["connection"], re.search(rb"(?im)^message-id:\s*<([^>]*)>", text).group(1).decode(), address(line))
                    for text, envelope in self.kept for line in envelope["rcpt"]]

    def forget(self):
        with self.lock:
            self.kept.clear()
            self.commands.clear()


def address(line):
    return re.search(r"<([^>]*)>", line).group(1)


# --- instances with work ------------------------------------------------------------------------------------------------

MEMBERS = ["melos%d@dimos%d.example.gr" % (n, n) for n in range(1, 9)] + [LATER, NEVER]


def base():
    """A group of twelve members (each, digest, none, moderator, owner), and a moderated one with some of the same people."""
    site = Site()
    for section, key, value in (("relay", "seconds", 5), ("relay", "sessions", SESSIONS), ("delivery", "lease_seconds", LEASE)):
        site.set(section, key, value)
    site.group(members=(NIKOS, *MEMBERS)).group("health", "Υγεία", owner=ELENI, members=(NIKOS, *MEMBERS[:3]), posting="moderated")
    for member, delivery in ((MEMBERS[0], "digest"), (MEMBERS[1], "digest"), (MEMBERS[2], "none")):
        site.run("member", "set", "environment", member, "--delivery", delivery)
    site.run("member", "set", "health", MEMBERS[0], "--delivery", "digest")
    site.run("member", "set", "environment", MEMBERS[3], "--role", "moderator")
    return site


def take(site, mail, group="environment", sender=NIKOS, at=NOW):
    site.receive(mail, group, sender, words=["--now", str(at)])


def with_posts(at=NOW):
    site = base()
    take(site, letter(subject="Νέος κάδος"), at=at)
    take(site, letter(subject="Ωράριο συλλογής"), at=at)
    take(site, letter(MARIA, "Δύο ομάδες", To="health@" + DOMAIN), "health", MARIA, at=at)
    return site


def with_bounce():
    site = with_posts()
    site.deliver("--now", str(NOW))
    returned = re.match(rb"Return-Path: <([^>]*)>", site.mails(MEMBERS[5])[0]).group(1).decode()
    report = ("From: MAILER-DAEMON@dimos6.example.gr\nTo: %s\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
              "Auto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
              "--b\nContent-Type: text/plain\n\nNo such person.\n--b\nContent-Type: message/delivery-status\n\n"
              "Reporting-MTA: dns; dimos6.example.gr\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\n"
              "Diagnostic-Code: smtp; 550 5.1.1 unknown\n\n--b--\n" % (returned, MEMBERS[5])).encode()
    return site, report, returned


def with_old_matters():
    site = base()
    take(site, letter(STRANGER, "Πρόταση"), sender=STRANGER)
    take(site, letter(STRANGER, "Δεύτερη πρόταση"), sender=STRANGER)
    take(site, letter("anna@dimos-veria.example.gr", "Εγγραφή", "ΕΓΓΡΑΦΗ Περιβάλλον\n", To=ROBOT), ROBOT, "anna@dimos-veria.example.gr")
    take(site, letter(MARIA, "Για έγκριση"), "health", MARIA, NOW + 29 * DAY)
    return site


def of_version(version, site):
    """The same content in a database of an earlier schema: the rows and columns that it had already; what waits was claimed in the last that kept leases there."""
    gone = {"lease": "state = 'waiting'" if version == 5 else "0"}
    old = site.folder / "old.db"
    steps = subprocess.run([OLD_SCHEMA, str(version)], check=True, capture_output=True, text=True).stdout
    with contextlib.closing(sqlite3.connect(old)) as database:
        database.executescript(steps)
        database.execute("ATTACH ? AS new", (str(site.folder / "diktyo.db"),))
        for table, in database.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall():
            columns = [row[1] for row in database.execute("PRAGMA main.table_info(%s)" % table)]
            values = [gone.get(name, name) for name in columns]
            database.execute("INSERT INTO main.%s(%s) SELECT %s FROM new.%s" % (table, ",".join(columns), ",".join(values), table))
        database.commit()
        database.execute("DETACH new")
        database.execute("PRAGMA journal_mode = WAL")
    old.chmod(0o600)
    old.replace(site.folder / "diktyo.db")
    return site


class Case:
    """`kind` is what follows it up: mail, deliver, or none for what is simply run again."""

    def __init__(self, name, kind, site, words, mail=b"", relay="maildir"):
        self.name, self.kind, self.folder, self.words, self.mail, self.relay = name, kind, site.folder, words, mail, relay
        for left in site.folder.iterdir():
            if left.name not in ("diktyo.conf", "diktyo.db"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        if relay != "maildir":
            site.set("relay", "kind", relay)


def receive_case(name, site, mail, recipient, sender):
    return Case(name, "mail", site, ["receive", "--now", str(NOW), "--", sender, recipient], mail)


def receive_cases():
    group, report_site = "environment@" + DOMAIN, with_bounce()
    return [receive_case("receive a post", base(), letter(), group, NIKOS),
            receive_case("receive what is held", base(), letter(STRANGER, "Από έξω"), group, STRANGER),
            receive_case("receive a request", base(), letter(STRANGER, "Εγγραφή", "ΕΓΓΡΑΦΗ Περιβάλλον\n", To=ROBOT), ROBOT, STRANGER),
            receive_case("receive a report", report_site[0], report_site[1], report_site[2], "")]


def with_one_post():
    site = base()
    take(site, letter(subject="Νέος κάδος"))
    return site


def deliver_cases():
    """libESMTP's child makes thousands of calls for each mail, so it gets one."""
    return [Case("deliver by " + relay, "deliver", made(), ["deliver", "--once", "--now", str(NOW)], relay=relay)
            for relay, made in (("smtp", with_posts), ("esmtp", with_one_post), ("maildir", with_posts))]


def timed_cases():
    return [Case("digest", "none", with_posts(), ["digest", "--due", "--now", str(NOW + 2 * DAY)]),
            Case("expire", "none", with_old_matters(), ["expire", "--due", "--now", str(NOW + 31 * DAY)])]


def migration_cases():
    return [Case("migrate from schema %d" % version, "none", of_version(version, with_posts()), ["group", "list"]) for version in (1, 2, 3, 4, 5)]


# --- a world: where one command is run, again and again, from the same beginning -----------------------------------------

def rows_of(database):
    """{table: (columns, rows)} of everything."""
    tables = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    found = {}
    for table in tables:
        cursor = database.execute("SELECT * FROM %s ORDER BY 1, 2" % table)
        found[table] = ([column[0] for column in cursor.description], cursor.fetchall())
    found["schema"] = (["version"], database.execute("PRAGMA user_version").fetchall())
    return found


def differing(one, other):
    """The names table.column in which two databases differ; table alone when they have not as many rows."""
    names = set(one) ^ set(other)
    for table in set(one) & set(other):
        (columns, rows), (others, theirs) = one[table], other[table]
        if columns != others or len(rows) != len(theirs):
            names.add(table)
            continue
        names.update("%s.%s" % (table, column) for i, column in enumerate(columns) if any(a[i] != b[i] for a, b in zip(rows, theirs)))
    return names


BROKEN = {  # what no moment may show
    "an outgoing mail has no delivery": "SELECT count(*) FROM outgoing o WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.outgoing = o.id OR d.digest = o.id)",
    "a post has a member without his delivery": "SELECT count(*) FROM posts p JOIN memberships m ON m.group_id = p.group_id WHERE m.delivery <> 'none'"
        " AND m.since <= p.accepted_at AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.post = p.id AND d.person = m.person)",
    "a person has a letter twice": "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE letter IS NOT NULL AND state NOT IN ('covered','cancelled')"
        " GROUP BY letter, person HAVING count(*) > 1)",
    "an entry is gathered without its digest": "SELECT count(*) FROM deliveries d WHERE (state = 'gathered') <> (digest IS NOT NULL)"
        " OR (digest IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outgoing o WHERE o.id = d.digest AND o.kind = 'digest'))",
    "a digest has nothing in it": "SELECT count(*) FROM outgoing o WHERE kind = 'digest' AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.digest = o.id)",
    "a question has no mail that asks": "SELECT count(*) FROM tokens t WHERE kind = 'orders' AND NOT EXISTS"
        " (SELECT 1 FROM deliveries d WHERE d.email = t.email AND d.created_at = t.created_at)",
}


class World:
    def __init__(self, case, folder, sink):
        self.case, self.folder, self.sink = case, pathlib.Path(folder), sink
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.peek = self.folder.with_name(self.folder.name + ".peek")
        self.peek.mkdir(exist_ok=True)
        self.report = str(self.folder) + ".report"
        self.mail = str(self.folder) + ".eml"
        pathlib.Path(self.mail).write_bytes(case.mail)
        conf = (case.folder / "diktyo.conf").read_text()
        self.conf = re.sub(r"(?m)^\[relay\]$", "[relay]\nport = %d" % sink.port, conf)
        self.random, self.final = set(), None

    def refresh(self):
        for entry in os.scandir(self.folder):
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
        (self.folder / "diktyo.conf").write_text(self.conf)
        shutil.copy(self.case.folder / "diktyo.db", self.folder / "diktyo.db")
        self.sink.forget()

    def run(self, *before, words=None):
        command = [*before, flow.PROGRAM, "--config", str(self.folder / "diktyo.conf"), *(words or self.case.words)]
        with open(self.mail, "rb") as mail:
            done = subprocess.run(command, stdin=mail, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT, check=False, close_fds=False)
        self.sink.settle()
        return done.returncode

    def struck(self, words):
        """(whether the strike came, exit status)"""
        code = self.run(STRIKE, "--list", self.report, *words, "--")
        if code != 0:
            raise RuntimeError("strike: exit %d" % code)
        word, status = pathlib.Path(self.report).read_text().split()
        return word == "struck", int(status)

    def calls(self):
        self.refresh()
        self.run(STRIKE, "--list", self.report, "--")
        return [tuple(map(int, line.split())) for line in pathlib.Path(self.report).read_text().splitlines()]

    def look(self):
        """Everything in the database as it is now, from a copy, so that looking mends nothing: (rows, faults)."""
        for name in ("diktyo.db", "diktyo.db-wal"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.peek / name)
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(self.folder / name, self.peek / name)
        with contextlib.closing(sqlite3.connect(self.peek / "diktyo.db")) as database:
            faults = ["integrity: %s" % row for row, in database.execute("PRAGMA integrity_check") if row != "ok"]
            faults += ["dangling: %s" % (row,) for row in database.execute("PRAGMA foreign_key_check")]
            found = rows_of(database)
            if "tokens" in found:
                faults += [sentence for sentence, statement in BROKEN.items() if database.execute(statement).fetchone()[0]]
            return found, faults

    def learn(self):
        """Two undisturbed runs: how it must end, and which columns are random."""
        ends = []
        for _ in range(2):
            self.refresh()
            code = self.run()
            assert code == 0, "%s: exit %d undisturbed" % (self.case.name, code)
            found, faults = self.look()
            assert not faults, "%s: undisturbed: %s" % (self.case.name, faults)
            ends.append(found)
        self.final, self.random = ends[0], differing(*ends)
        self.refresh()
        self.begin = self.look()[0]

    def unlike(self, found):
        return sorted(differing(found, self.final) - self.random)

    def holds_mail(self, found):
        """Whether the mail is kept for a person, octet for octet: held, or as a report that nobody could read."""
        columns, held = found["held"]
        names, reports = found["bounces"]
        place = {"trace": names.index("trace"), "letter": names.index("letter")}
        letters = {row[0]: row[2] for row in found["letters"][1]}
        if any(row[names.index("kind")] == "none" and bytes(row[place["trace"]] or b"") + bytes(letters[row[place["letter"]]]) == self.case.mail.replace(b"\r\n", b"\n")
               for row in reports if row[place["letter"]]):
            return True
        return any(bytes(row[columns.index("trace")]) + bytes(letters[row[columns.index("letter")]]) == self.case.mail.replace(b"\r\n", b"\n")
                   or bytes(letters[row[columns.index("letter")]]) == self.case.mail for row in held)
