"""flow.py: what the flow tests share: instances in a temporary folder, the real program, and a report in TAP.

A test is a function; its sentence stands in @test("…"); main() runs them in the order of the file. What a test returns is
a remark for its line (a number that was measured). Every instance sends to Maildirs of its own unless it is told otherwise."""
import atexit
import base64
import contextlib
import email
import email.policy
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from email.utils import formataddr

DOMAIN = "groups.example.gr"
PROGRAM = os.path.abspath(os.environ.get("DIKTYO", "build/diktyo"))
NIKOS, MARIA, ELENI = "nikos@dimos-argos.example.gr", "maria@dimos-lamia.example.gr", "eleni@dimos-volos.example.gr"
STRANGER = "petros@meletes.example.org"
NAMES = {NIKOS: "Νίκος Παππάς", MARIA: "Μαρία Ιωάννου", ELENI: "Ελένη Μακρή", STRANGER: "Πέτρος Ρήγας"}



def place():
    """Flow tests look at what is done, not at what a power cut leaves, so a disk in memory spares them the waiting for a real one."""
    memory = pathlib.Path("/dev/shm")
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK | os.X_OK):
        return None
    disk = os.statvfs(memory)
    free = min(disk.f_bavail * disk.f_frsize, os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return memory if free > 1 << 30 and not disk.f_flag & os.ST_NOEXEC else None


work = pathlib.Path(tempfile.mkdtemp(prefix="diktyo-flow.", dir=place()))
numbers = itertools.count(1)
tests = []
cleanup = contextlib.ExitStack()  # closed at the end, in reverse, whatever happens


# --- the report ------------------------------------------------------------------------------------------------------

class Skip(Exception):
    pass


def test(sentence):
    def add(function):
        tests.append((sentence, function))
        return function
    return add


def skip(reason):
    raise Skip(reason)


def same(got, wanted, about=""):
    if got != wanted:
        raise AssertionError("%s\n got  %s\n want %s" % (about or "not the same", short(got), short(wanted)))


def holds(truth, about):
    if not truth:
        raise AssertionError(about)


def short(value):
    text = repr(value)
    return text if len(text) <= 600 else text[:500] + " … (%d in all)" % len(text)


def until(seconds, about, ask):
    """Asks again and again until the answer is true; gives it back. The deadline is generous: it is only for what is broken."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("waited %d s in vain: %s" % (seconds, about))
        time.sleep(0.02)


def listens(path):
    """An LMTP session there; None while there is no socket, or one that is not listened on yet."""
    try:
        return smtplib.LMTP(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        return None


def outcome(function):
    """(ok, remark behind the sentence, lines of explanation)"""
    try:
        remark = function()
        return True, " (%s)" % remark if remark else "", []
    except Skip as reason:
        return True, " # SKIP %s" % reason, []
    except AssertionError as fault:
        place = traceback.extract_tb(fault.__traceback__)
        lines = [entry.lineno for entry in place if entry.filename == place[1].filename] if len(place) > 1 else []
        return False, "", ["line %s: %s" % ("/".join(map(str, lines)), fault)]
    except Exception:  # a test that cannot go on is a failed test, and the next one is run
        return False, "", [traceback.format_exc()]


def main(reason_to_skip=None):
    if reason_to_skip:
        print("TAP version 13\n1..0 # SKIP %s" % reason_to_skip)
        return
    print("TAP version 13\n1..%d" % len(tests))
    failed = 0
    for number, (sentence, function) in enumerate(tests, 1):
        good, remark, explanation = outcome(function)
        failed += not good
        print("%s %d - %s%s" % ("ok" if good else "not ok", number, sentence, remark))
        for line in "\n".join(explanation).splitlines():
            print("# " + line)
        sys.stdout.flush()
    sys.exit(1 if failed else 0)


def leave():
    cleanup.close()
    shutil.rmtree(work, ignore_errors=True)


atexit.register(leave)
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))


# --- mails -----------------------------------------------------------------------------------------------------------

def encoded(text):
    return "=?utf-8?B?%s?=" % base64.b64encode(text.encode()).decode() if text and not text.isascii() else text


def letter(author=NIKOS, subject="Νέος κάδος στην πλατεία", text="Καλημέρα σας,\n\nο κάδος μπήκε.\n", **fields):
    """A mail with LF ends, as Postfix hands it over. `fields` add to or (None) take from its header; _ stands for -."""
    number = next(numbers)
    header = {
        "From": formataddr((NAMES.get(author, ""), author), "utf-8"), "To": "environment@" + DOMAIN, "Subject": encoded(subject),
        "Date": "Mon, 23 Nov 2026 09:%02d:%02d +0200" % (number // 60 % 60, number % 60),
        "Message-ID": "<%d.%d@flow.example.gr>" % (os.getpid(), number),
        "MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit",
    }
    for name, value in fields.items():
        known = [other for other in header if other.lower() == name.replace("_", "-").lower()]
        header[known[0] if known else name.replace("_", "-")] = value
    lines = ["%s: %s" % (name, one) for name, value in header.items() if value is not None
             for one in (value if isinstance(value, list) else [value])]
    return ("\n".join(lines) + "\n\n" + text).encode()


def read(mail):
    return email.message_from_bytes(mail, policy=email.policy.default)


def text_of(mail):
    return read(mail).get_body(("plain",)).get_content()


def message_id(mail):
    return str(read(mail)["Message-ID"]).strip("<>")


# --- instances -------------------------------------------------------------------------------------------------------

class Site:
    """One instance in a folder of its own."""

    def __init__(self, folder=None, program=PROGRAM, relay="maildir"):
        self.folder = pathlib.Path(folder or work / ("site%d" % next(numbers)))
        self.program = program
        self.file = self.folder / "diktyo.conf"
        subprocess.run([program, "init", self.folder, "--domain", DOMAIN, "--name", "Ομάδες δήμων"], check=True, stdout=subprocess.DEVNULL)
        self.set("relay", "kind", relay)

    def set(self, section, key, value):
        lines = [line for line in self.file.read_text().splitlines() if not line.startswith(key + " =")]
        lines.insert(lines.index("[%s]" % section) + 1, "%s = %s" % (key, value))
        self.file.write_text("\n".join(lines) + "\n")

    def command(self, *words):
        return [str(self.program), "--config", str(self.file), *(str(word) for word in words)]

    def run(self, *words, code=0, **how):
        """Runs it; with another exit code than `code` (None: any) the test has failed."""
        done = subprocess.run(self.command(*words), timeout=120, check=False, **{"capture_output": True, "input": b"", **how})
        if code is not None and done.returncode != code:
            said = b"".join(filter(None, (done.stdout, done.stderr))).decode("utf-8", "replace")
            raise AssertionError("diktyo %s: exit %d, not %d: %s" % (" ".join(map(str, words[:3])), done.returncode, code, said[:1000]))
        return done

    def json(self, *words, code=0):
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def group(self, name="environment", title="Περιβάλλον", owner=MARIA, members=(NIKOS,), **options):
        words = [word for key, value in options.items() for word in ("--" + key.replace("_", "-"), value)]
        self.run("group", "add", name, "--title", title, "--owner", owner, *words)
        if len(members) > 5:
            table = self.folder / "members.csv"
            table.write_text("address,name,groups\n" + "".join("%s,%s,%s\n" % (member, NAMES.get(member, ""), name) for member in members))
            self.run("member", "import", table, "--apply")
        else:
            for member in members:
                self.run("member", "add", name, member, "--name", NAMES.get(member, ""))
        return self

    client = None  # of LMTP, while a door is open

    @contextlib.contextmanager
    def door(self, *words):
        """For many mails: what is received meanwhile goes through one LMTP session, which spares a start of the program for each."""
        path = self.folder / "lmtp"
        self.set("lmtp", "listen", path)
        server = subprocess.Popen(self.command("lmtp", *words))
        try:
            with until(20, "LMTP listens", lambda: listens(path)) as self.client:
                self.client.ehlo_or_helo_if_needed()
                yield
        finally:
            self.client = None
            server.terminate()
            same(server.wait(), 0, "the end of diktyo lmtp")

    def receive(self, mail, group="environment", sender=NIKOS, code=0, **how):
        recipient = group if "@" in group else "%s@%s" % (group, DOMAIN)
        if self.client is not None:
            self.client.mail(sender, ["SMTPUTF8"] if not sender.isascii() else [])
            answers = [self.client.rcpt(recipient), self.client.data(mail)]
            return same([answer[0] for answer in answers], [250, 250], "LMTP: %s" % answers)
        words = how.pop("words", [])
        return self.run("receive", *words, "--", sender, recipient, code=code, **{"input": mail, **how})

    def deliver(self, *words, code=0):
        return self.run("deliver", "--once", *words, code=code).stdout.decode().strip()

    def mails(self, address):
        return [file.read_bytes() for file in sorted((self.folder / "mail" / address / "new").glob("*"), key=arrival)]

    def rows(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "diktyo.db")) as database:
            return database.execute(statement, values).fetchall()

    def count(self, table, where="1"):
        return self.rows("SELECT count(*) FROM %s WHERE %s" % (table, where))[0][0]

    def all_rows(self):
        """Everything in the database, to see whether something changes."""
        tables = [name for name, in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {table: self.rows("SELECT * FROM %s ORDER BY 1, 2" % table) for table in tables}

    def held(self):
        return self.json("held", "list")

    def raw(self, post):
        return self.run("archive", "export", post, "--raw").stdout


def arrival(file):
    """By time and count, the way our Maildir names sort."""
    seconds, rest = file.name.split(".", 2)[:2]
    return int(seconds), int(rest[1:7]), int(rest.rsplit("Q", 1)[1])


# --- a private Postfix -----------------------------------------------------------------------------------------------

def why_no_postfix():
    if os.geteuid() != 0:
        return "only root can run a private Postfix"
    if not shutil.which("postfix", path="/usr/sbin:/usr/bin:/sbin:/bin"):
        return "there is no Postfix (make test-deps)"
    return None


class Postfix:
    """A private Postfix that hands the group domain to an instance of the user `list`, and the instance that sends back through it.
    It has a Maildir for each of `people` and refuses everybody else."""

    def __init__(self, people):
        work.chmod(0o755)
        self.folder = work / ("postfix%d" % next(numbers))
        site = work / ("site%d" % next(numbers))
        program = shutil.copy2(PROGRAM, work / "diktyo")
        site.mkdir(mode=0o700)
        shutil.chown(site, "list", "list")
        self.site = Site(site, program)
        (work / "people").write_text("".join(person + "\n" for person in people))
        self.start_words = ["--members", work / "people", "--", program, "receive", "--config", str(self.site.file), "--"]
        cleanup.callback(self.tool, "stop")
        self.start()

    def start(self):
        self.port = int(self.tool("start", *self.start_words))
        for key, value in (("kind", "smtp"), ("port", self.port), ("seconds", 10)):
            self.site.set("relay", key, value)

    def tool(self, verb, *words):
        done = subprocess.run(["tests/tools/private-postfix", verb, self.folder, *words], capture_output=True, text=True, timeout=90, check=False)
        holds(done.returncode == 0, "private-postfix %s: %s" % (verb, done.stderr))
        return done.stdout.strip()

    def send(self, mail, *recipients, sender=NIKOS):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as session:
            session.sendmail(sender, recipients, re.sub(rb"\r?\n", b"\r\n", mail), mail_options=["BODY=8BITMIME"])

    def arrived(self):
        """Every mail in a Maildir: [(whose it is, bytes)]."""
        return [(file.parts[-3], file.read_bytes()) for file in sorted((self.folder / "mail").glob("*/new/*"))]
