#!/usr/bin/env -S python3 -B
# A mail comes in, and what becomes of it: exit codes, odd surroundings, who is held and who is told, what is the same mail,
# threads, and the commands with which an operator looks at all that.
import ctypes
import itertools
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time

sys.path.insert(0, "tests/tools")
import flow
from flow import ELENI, MARIA, NIKOS, PROGRAM, STRANGER, Site, holds, letter, message_id, read, same, skip, test, text_of

site = Site().group(members=(NIKOS, ELENI))


def posts(where=site):
    return where.count("posts")


def refusal(done, code, status):
    same(done.returncode, code)
    holds(done.stdout.startswith(status) and done.stdout.count(b"\n") == 1, "one line %r on stdout, not %r" % (status, done.stdout))


def kept(where=site):
    """How many posts, held mails, letters and deliveries there are: what must not change when nothing was taken."""
    return [where.count(table) for table in ("posts", "held", "letters", "outgoing", "deliveries", "events")]


# --- the way in, and its exit codes ----------------------------------------------------------------------------------

@test("a post by a member reaches each member's Maildir, once, as the author wrote it")
def delivered():
    mail = letter(subject="Συνάντηση για την ανακύκλωση", text="Καλημέρα σας.\n\nFrom εδώ και πέρα…\n.\n")
    done = site.receive(mail)
    same((done.stdout, done.stderr), (b"", b""))
    same(site.deliver(), "sent 3, waiting 0, failed 0")
    for member in (NIKOS, MARIA, ELENI):
        same(len(site.mails(member)), 1, member)
        copy = site.mails(member)[0]
        same(copy[-len(mail):], mail, "what the author wrote stands at the end of the copy")
        same(read(copy)["List-Id"], "Περιβάλλον <environment.groups.example.gr>")
        holds(copy.startswith(b"Return-Path: <environment-bounces+"), "it comes from an own bounce address")


@test("an address that is not here is refused: 67, and one line 5.1.1")
def unknown_address():
    before = kept()
    for group in ("paideia", "environment-nothing", "nobody@elsewhere.example.gr"):
        refusal(site.receive(letter(), group, code=67), 67, b"5.1.1 ")
    refusal(site.receive(letter(), "two words@" + flow.DOMAIN, code=67), 67, b"5.1.3 ")
    same(kept(), before)


@test("what is larger than the site or the group takes is refused: 77, and one line 5.3.4")
def too_large():
    small = Site().group(message_bytes="4096")
    small.set("limits", "message_bytes", 20000)
    before = kept(small)
    refusal(small.receive(letter(text="x" * 20000), code=77), 77, b"5.3.4 ")
    refusal(small.receive(letter(text="x" * 5000), code=77), 77, b"5.3.4 ")
    same(kept(small), before)
    small.receive(letter(text="x" * 3000))


@test("a configuration that is broken or missing makes the mail wait: 75")
def broken_configuration():
    broken = Site().group()
    good = broken.file.read_text()
    for bad in (good + "[relay]\nkindd = x\n", good.replace("[site]", "[site"), "", good.replace("domain = ", "domain = two words ")):
        broken.file.write_text(bad)
        holds(b"" == broken.receive(letter(), code=75).stdout, "stdout is silent")
    broken.file.unlink()
    broken.receive(letter(), code=75)
    same(subprocess.run([PROGRAM, "receive", "--confgi", "x", "a@x.gr", "b@x.gr"], capture_output=True, check=False).returncode, 75)
    broken.file.write_text(good)
    broken.receive(letter())


@test("a database that is missing, damaged, open to others or a link makes the mail wait: 75")
def no_database():
    lost = Site().group()
    file = lost.folder / "diktyo.db"
    file.rename(lost.folder / "away")
    lost.receive(letter(), code=75)
    holds(not file.exists(), "no empty database is made in its place")
    file.symlink_to("away")
    lost.receive(letter(), code=75)
    file.unlink()
    file.write_bytes(b"this is no database" * 1000)
    file.chmod(0o600)
    lost.receive(letter(), code=75)
    (lost.folder / "away").rename(file)
    file.chmod(0o644)
    lost.receive(letter(), code=75)
    file.chmod(0o600)
    lost.receive(letter())
    same(posts(lost), 1)


@test("a database that somebody else holds locked makes the mail wait: 75, after busy_seconds")
def locked():
    busy = Site().group()
    busy.set("store", "busy_seconds", 1)
    mail = letter()
    holder = sqlite3.connect(busy.folder / "diktyo.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    busy.receive(mail, code=75)
    took = time.monotonic() - started
    holder.execute("ROLLBACK")
    holder.close()
    holds(took >= 0.9, "it waited only %.2f s" % took)
    busy.receive(mail)
    same(posts(busy), 1)


@test("a folder that cannot be read makes the mail wait: 75")
def closed_folder():
    closed = Site().group()
    if os.geteuid() == 0:
        flow.work.chmod(0o755)
        for path in (closed.folder, *closed.folder.iterdir()):
            shutil.chown(path, "list", "list")  # root reads everything, but steps down to the folder's owner
    closed.folder.chmod(0o000)
    closed.receive(letter(), code=75)
    closed.folder.chmod(0o500)
    closed.receive(letter(), code=75)
    closed.folder.chmod(0o700)
    closed.receive(letter())
    same(posts(closed), 1)


@test("a full disk makes the mail wait: 75; with space again it is taken, once")
def full_disk():
    if os.geteuid() != 0:
        flow.skip("only root can mount a small disk")
    library = ctypes.CDLL(None, use_errno=True)
    folder = flow.work / "disk"
    folder.mkdir()
    # A mount namespace of our own: the disk goes when we go, however we end.
    if library.unshare(0x20000) or library.mount(b"none", b"/", None, 0x44000, None) or \
            library.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, b"size=2m,mode=755"):
        flow.skip("no mount is allowed here: " + os.strerror(ctypes.get_errno()))
    flow.cleanup.callback(library.umount2, os.fsencode(folder), 2)
    full = Site(folder / "site").group()
    mail, before = letter(text="x\n" * 50000), kept(full)
    with open(folder / "ballast", "wb", buffering=0) as ballast:
        try:
            while ballast.write(b"\0" * 4096) == 4096:
                pass
        except OSError:
            pass
    full.receive(mail, code=75)
    (folder / "ballast").unlink()
    same(kept(full), before)
    full.receive(mail)
    full.receive(mail)
    same(posts(full), 1)


# --- odd surroundings ------------------------------------------------------------------------------------------------

@test("whichever of descriptors 0 to 2 are closed, a mail is taken or waits, and nothing is written where it does not belong")
def closed_descriptors():
    odd = Site().group()
    source = flow.work / "mail"
    expected = 0
    for closed in itertools.chain.from_iterable(itertools.combinations((0, 1, 2), count) for count in (1, 2, 3)):
        for group, code in (("environment", 0), ("paideia", 67)):
            source.write_bytes(letter(text="κλειστά: %s\n" % (closed,)))
            redirections = " ".join("%d>&-" % number for number in closed)
            command = odd.command("receive", "--", NIKOS, "%s@%s" % (group, flow.DOMAIN))
            with open(source, "rb") as mail:
                done = subprocess.run(["sh", "-c", 'exec "$@" ' + redirections, "sh", *command], stdin=mail, capture_output=True, check=False)
            same(done.returncode, 75 if 0 in closed else code, "%s closed, to %s" % (closed, group))
            expected += group == "environment" and 0 not in closed
    same(posts(odd), expected)
    same(odd.rows("PRAGMA integrity_check"), [("ok",)])
    for line in (odd.folder / "diktyo.log").read_text().splitlines():
        holds(line.startswith("20"), "a line of the log that is none: %r" % line)


@test("with stdout full or its reader gone the answer is the same")
def stdout_gone():
    with open("/dev/full", "wb") as full:
        same(site.receive(letter(), code=None, capture_output=False, stdout=full, stderr=full).returncode, 0)
        same(site.receive(letter(), "paideia", code=None, capture_output=False, stdout=full, stderr=full).returncode, 67)
    for group, code in (("environment", 0), ("paideia", 67)):
        reading, writing = os.pipe()
        os.close(reading)
        done = site.receive(letter(), group, code=None, capture_output=False, stdout=writing, stderr=writing,
                            preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
        os.close(writing)
        same(done.returncode, code)


@test("with umask 0 every file is still closed to others")
def umask_0():
    open_site = Site(flow.work / "umask")
    loose = {"preexec_fn": lambda: os.umask(0)}
    open_site.run("group", "add", "it", "--title", "Πληροφορική", "--owner", NIKOS, **loose)
    open_site.receive(letter(), "it", **loose)
    open_site.run("deliver", "--once", **loose)
    holder = sqlite3.connect(open_site.folder / "diktyo.db")  # keeps the side files of the database alive
    holder.execute("SELECT count(*) FROM posts").fetchone()
    open_site.receive(letter(), "it", **loose)
    modes = {path.relative_to(open_site.folder): stat.S_IMODE(path.stat().st_mode) for path in open_site.folder.rglob("*")}
    holder.close()
    holds(any(path.name == "diktyo.db-wal" for path in modes) and any("new" in path.parts for path in modes), "looked at too little")
    same({str(path): oct(mode) for path, mode in modes.items() if mode & 0o077}, {})
    return "%d files and folders" % len(modes)


@test("a hostile environment changes nothing")
def hostile_environment():
    nasty = {"LC_ALL": "xx_YY.unknown", "LANG": "el_GR.ISO-8859-7", "LANGUAGE": "xx", "TZ": "garbage/../../etc", "HOME": "/nowhere", "TMPDIR": "/nowhere",
             "G_MESSAGES_DEBUG": "all", "G_DEBUG": "fatal-criticals", "G_SLICE": "always-malloc", "MALLOC_CHECK_": "3",
             "MALLOC_PERTURB_": "165", "GIO_EXTRA_MODULES": "/nowhere", "SQLITE_TMPDIR": "/nowhere", "PATH": "/nowhere", "DIKTYO_CONFIG": "/nowhere",
             "SENDER": STRANGER, "RECIPIENT": "x@example.gr", "IFS": "/", "A" * 1000: "\udcff" * 10000}
    for environment in ({}, nasty, {"TZ": ":" + "x" * 100000}):
        mail = letter(subject="Ύδρευση", text="Ώρα μηδέν.\n")
        done = site.receive(mail, env=environment)
        same((done.stdout, done.stderr), (b"", b""))
        shown = site.json("archive", "show", message_id(mail))[0]
        same((shown["subject"], shown["text"].strip(), shown["author"]), ("Ύδρευση", "Ώρα μηδέν.", "Νίκος Παππάς"))
        done = site.receive(letter(), "paideia", code=67, env=environment)
        same(done.stdout.count(b"\n"), 1, "one line on stdout")


@test("inherited signal settings change nothing: SIGCHLD ignored, all ignored, all blocked")
def inherited_signals():
    def ignore_all():
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)

    def block_all():
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))

    before = posts()
    for prepare in (lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN), ignore_all, block_all):
        site.receive(letter(), preexec_fn=prepare)
        site.receive(letter(), "paideia", code=67, preexec_fn=prepare)
    same(posts(), before + 3)
    same(site.held(), [])


@test("the other ways to name the envelope work: alias, Exim, OpenSMTPD, qmail")
def other_servers():
    ways = {"alias": {"SENDER": NIKOS, "ORIGINAL_RECIPIENT": "environment@" + flow.DOMAIN},
            "exim": {"SENDER": NIKOS, "LOCAL_PART": "environment", "DOMAIN": flow.DOMAIN},
            "opensmtpd": {"SENDER": NIKOS, "RECIPIENT": "environment@" + flow.DOMAIN},
            "qmail": {"SENDER": NIKOS, "RECIPIENT": "environment@" + flow.DOMAIN}}
    for server, environment in ways.items():
        mail = letter()
        site.run("receive", "--mta", server, input=mail, env=environment)
        same(site.json("archive", "show", message_id(mail))[0]["group"], "environment", server)
        site.run("receive", "--mta", server, input=mail, env={}, code=75)


# --- who is held, and who is told ------------------------------------------------------------------------------------

def held_silently(mail, reason, sender=NIKOS, group="environment"):
    before = posts(), site.count("outgoing"), len(site.held())
    site.receive(mail, group, sender)
    now = site.held()
    same((posts(), site.count("outgoing"), len(now)), (before[0], before[1], before[2] + 1), reason)
    same(now[-1]["reason"], reason)
    same(site.run("held", "show", now[-1]["held"], "--raw").stdout, mail)


@test("what could feed a loop is held and nobody is written to")
def loops():
    held_silently(letter(), "null-sender", sender="")
    held_silently(letter(), "null-sender", sender="MAILER-DAEMON@mail.example.gr")
    held_silently(letter(X_Diktyo_Loop="environment@" + flow.DOMAIN), "loop")
    held_silently(letter(Received=["from a by b; Mon, 23 Nov 2026 09:00:00 +0200"] * 31), "hops")
    held_silently(letter(Auto_Submitted="auto-replied"), "automatic")
    held_silently(letter(author="environment@" + flow.DOMAIN), "from-group")
    held_silently(letter(), "from-group", sender="environment-bounces+x@" + flow.DOMAIN)


@test("a copy that comes back to its group is held as a loop")
def comes_back():
    site.receive(letter())
    site.deliver()
    copy = site.mails(ELENI)[-1]
    held_silently(copy, "loop", sender=ELENI)


@test("what a member's program sends by itself is a post; so is a mail with another group's mark or 30 hops")
def legitimate():
    before = posts()
    site.receive(letter(Auto_Submitted="auto-generated"))
    site.receive(letter(X_Diktyo_Loop="health@groups.example.org"))
    site.receive(letter(Received=["from a by b; Mon, 23 Nov 2026 09:00:00 +0200"] * 30))
    same(posts(), before + 3)


@test("a member's mail is a post whatever form his server's envelope sender has")
def odd_senders():
    for sender in ("prvs=0123456789=nikos@dimos-argos.example.gr", "SRS0=ab1C=xy=dimos-argos.example.gr=nikos@forward.example.gr", "root@localhost",
                   "bounces+srs=" + "x" * 60 + "@tenant.example.gr", "nikos@mail_server.example.gr", '"nikos pappas"@dimos-argos.example.gr',
                   "nikos@[192.0.2.1]", "n..pappas@dimos-argos.example.gr"):
        before = posts()
        site.receive(letter(), sender=sender)
        same(posts(), before + 1, "from <%s>: %s" % (sender, [held["reason"] for held in site.held()][-1:]))


@test("a stranger's mail is held and the owner is told, in Greek; accepted, it is posted")
def stranger():
    mail = letter(STRANGER, "Προσφορά κάδων", "Σας στέλνουμε την προσφορά μας.\n")
    before = posts()
    site.deliver()
    site.receive(mail, sender=STRANGER)
    same(posts(), before)
    number = site.held()[-1]["held"]
    same(site.deliver(), "sent 1, waiting 0, failed 0")
    notice = site.mails(MARIA)[-1]
    holds(read(notice)["Subject"].startswith("Περιβάλλον: ένα μήνυμα περιμένει την έγκρισή σας [diktyo "), read(notice)["Subject"])
    holds(read(notice)["Reply-To"].startswith("environment-moderate+"), "pressing Reply is enough")
    for word in ("«Περιβάλλον»", "Προσφορά κάδων", "Πέτρος Ρήγας <%s>" % STRANGER, "Σας στέλνουμε την προσφορά μας.", "δεν είναι μέλος", "ΝΑΙ"):
        holds(word in text_of(notice), "%s is not in the notice:\n%s" % (word, text_of(notice)))
    holds(notice.startswith(b"Return-Path: <>\n") and read(notice)["Auto-Submitted"], "a notice is sent by nobody and says that it is automatic")
    site.run("held", "accept", number)
    site.run("held", "accept", number)
    same(site.deliver(), "sent 4, waiting 0, failed 0", "three members, and the stranger is told")
    same([copy[-len(mail):] for copy in (site.mails(NIKOS)[-1], site.mails(ELENI)[-1])], [mail, mail])
    same(posts(), before + 1)
    site.receive(mail, sender=STRANGER)
    same((posts(), site.deliver()), (before + 1, "sent 0, waiting 0, failed 0"))


@test("a rejected author is told why; a discarded one is told nothing")
def rejected():
    mails = [letter(STRANGER, "Διαφήμιση %d" % i) for i in (1, 2)]
    for mail in mails:
        site.receive(mail, sender=STRANGER)
    site.deliver()
    first, second = [entry["held"] for entry in site.held()[-2:]]
    site.run("held", "reject", first, "--reason", "Είναι θέμα της ομάδας Υγεία.")
    site.run("held", "discard", second)
    same(site.deliver(), "sent 1, waiting 0, failed 0")
    answer = site.mails(STRANGER)[-1]
    same((read(answer)["Subject"], read(answer)["In-Reply-To"]), ("Το μήνυμά σας δεν δημοσιεύτηκε: Διαφήμιση 1", "<%s>" % message_id(mails[0])))
    holds("Αιτία: Είναι θέμα της ομάδας Υγεία." in text_of(answer), text_of(answer))
    same([entry["state"] for entry in site.json("held", "list", "--all")[-2:]], ["rejected", "discarded"])


@test("mail to the owner address goes to the owners; a bounce to a bounce address is kept and sent to nobody")
def owner_and_bounce():
    site.deliver()
    mail = letter(STRANGER, "Ερώτηση προς τους υπεύθυνους")
    site.receive(mail, "environment-owner", STRANGER)
    same(site.deliver(), "sent 1, waiting 0, failed 0")
    same(site.mails(MARIA)[-1][-len(mail):], mail)
    bounces = read(site.mails(MARIA)[-1])["Return-Path"].strip("<>")
    before = site.count("bounces")
    site.receive(letter("mailer-daemon@mail.example.gr", "Undelivered"), bounces, sender="")
    same((site.count("bounces"), site.deliver()), (before + 1, "sent 0, waiting 0, failed 0"))


# --- what is the same mail -------------------------------------------------------------------------------------------

@test("the same mail twice is one post, whatever the servers wrote on top; another body is another post")
def same_mail():
    before = posts()
    mail = letter()
    site.receive(mail)
    site.receive(mail)
    site.receive(b"Received: from x by y; Mon, 23 Nov 2026 09:00:00 +0200\nDelivered-To: environment@groups.example.gr\n" + mail)
    same(posts(), before + 1)
    site.receive(mail + b"PS\n")
    same(posts(), before + 2)
    same(len(site.json("archive", "show", message_id(mail))), 2)


@test("a person in two groups gets one copy of a post to both, and each group has it")
def cross_post():
    two = Site().group(members=(NIKOS, ELENI)).group("health", "Υγεία", members=(ELENI, STRANGER))
    mail = letter(To="environment@groups.example.gr, health@groups.example.gr")
    two.run("member", "add", "health", NIKOS)
    two.receive(mail)
    two.receive(mail, "health")
    two.deliver()
    same([len(two.mails(member)) for member in (NIKOS, ELENI, MARIA, STRANGER)], [1, 1, 1, 1])
    same([post["group"] for post in two.json("archive", "show", message_id(mail))], ["environment", "health"])
    fates = {fate["address"]: (fate["state"], fate["through"]) for fate in two.json("trace", message_id(mail))[1]["recipients"]}
    same(fates, {NIKOS: ("covered", "environment"), ELENI: ("covered", "environment"), MARIA: ("covered", "environment"), STRANGER: ("sent", None)})


@test("a missing Message-ID and Date are made, stand in the copies, and are remembered")
def nameless():
    before = posts()
    mail = letter(message_id=None, date=None, subject="Χωρίς ταυτότητα")
    site.receive(mail)
    site.receive(mail)
    same(posts(), before + 1)
    site.deliver()
    copy = site.mails(ELENI)[-1]
    post = site.json("archive", "list")[0]
    same((read(copy)["Subject"], message_id(copy)), ("Χωρίς ταυτότητα", post["message_id"]))
    holds(abs(read(copy)["Date"].datetime.timestamp() - time.time()) < 300, "the Date is now: %s" % read(copy)["Date"])
    same(site.raw(post["post"]), mail)
    answer = letter(ELENI, "Απ: Χωρίς ταυτότητα", In_Reply_To="<%s>" % post["message_id"])
    site.receive(answer, sender=ELENI)
    same(site.json("archive", "show", message_id(answer))[0]["parent"], post["post"])


@test("answers find their thread, by References or In-Reply-To, also when the parent comes later")
def threads():
    root, child = letter(subject="Απορρίμματα"), letter(ELENI, "Απ: Απορρίμματα")
    ids = ["<%s>" % message_id(mail) for mail in (root, child)]
    child = child.replace(b"MIME-Version", b"In-Reply-To: %s\nMIME-Version" % ids[0].encode())
    grandchild = letter(MARIA, "Απ: Απορρίμματα", References=" ".join(ids))
    unrelated = letter(subject="Απορρίμματα")
    for mail, sender in ((grandchild, MARIA), (unrelated, NIKOS), (child, ELENI), (root, NIKOS)):
        site.receive(mail, sender=sender)
    numbers = [site.json("archive", "show", message_id(mail))[0]["post"] for mail in (root, child, grandchild)]
    thread = site.json("archive", "show", message_id(root), "--thread")
    same([(post["post"], post["depth"], post["parent"]) for post in thread],
         [(numbers[0], 0, None), (numbers[1], 1, numbers[0]), (numbers[2], 2, numbers[1])])


# --- what an operator sees -------------------------------------------------------------------------------------------

SHEET = ("Ονοματεπώνυμο;Ηλεκτρονική διεύθυνση;Δήμος;Ομάδες\r\n"
         "Σοφία Δήμου;sofia@dimos-trikala.example.gr;Δήμος Τρικκαίων;it tourism\r\n"
         "\"Ράπτης; Άγγελος\";aggelos@dimos-veria.example.gr;Δήμος Βέροιας;it\r\n")


@test("a windows-1253 table with semicolons becomes memberships: first told, then done, all or nothing")
def member_import():
    office = Site().group("it", "Πληροφορική").group("tourism", "Τουρισμός")
    sheet = flow.work / "προσωπικό.csv"
    before = office.all_rows()
    sheet.write_bytes(SHEET.encode("windows-1253"))
    told = office.run("member", "import", sheet).stdout.decode()
    holds("Nothing was done yet" in told and "joins it, joins tourism" in told, told)
    same(office.all_rows(), before, "a dry run changes nothing")
    bad = SHEET + "Λάθος;not an address;Δήμος;it\r\nΆλλο;x@y.example.gr;Δήμος;chess\r\nΤρία;z@y.example.gr\r\n"
    sheet.write_bytes(bad.encode("windows-1253"))
    told = office.run("member", "import", sheet, "--apply", code=1).stdout.decode()
    same([line.split()[0] for line in told.splitlines() if "BAD" in line], ["4", "5", "6"])
    same(office.all_rows(), before, "one bad line, and nothing is done")
    sheet.write_bytes(SHEET.encode("windows-1253"))
    office.run("member", "import", sheet, "--apply")
    members = {(member["group"], member["address"]): (member["name"], member["organisation"]) for member in office.json("member", "list")}
    same(members["tourism", "sofia@dimos-trikala.example.gr"], ("Σοφία Δήμου", "Δήμος Τρικκαίων"))
    same(members["it", "aggelos@dimos-veria.example.gr"], ("Ράπτης; Άγγελος", "Δήμος Βέροιας"))
    same(len(members), 7)


@test("trace tells the state of a post for everybody")
def trace():
    it = Site().group("it", "Πληροφορική", members=(NIKOS, ELENI))
    it.run("member", "set", "it", ELENI, "--delivery", "digest")
    it.run("member", "add", "it", STRANGER, "--delivery", "none")
    mail = letter()
    it.receive(mail, "it")

    def fates():
        return {fate["address"]: fate["state"] for fate in it.json("trace", message_id(mail))[0]["recipients"]}
    same(fates(), {NIKOS: "waiting", MARIA: "waiting", ELENI: "gathering", STRANGER: "unwanted"})
    (it.folder / "mail").mkdir(mode=0o700)
    (it.folder / "mail" / NIKOS).write_text("not a Maildir")
    same(it.deliver(), "sent 1, waiting 1, failed 0")
    same(fates(), {NIKOS: "waiting", MARIA: "sent", ELENI: "gathering", STRANGER: "unwanted"})
    reply = [fate for fate in it.json("trace", "1")[0]["recipients"] if fate["address"] == NIKOS][0]
    holds(reply["attempts"] == 1 and reply["next_try"] and "Not a directory" in reply["reply"], str(reply))
    (it.folder / "mail" / NIKOS).unlink()
    same(it.deliver(), "sent 0, waiting 1, failed 0", "it is not tried again before its time")
    same(it.deliver("--now", str(int(time.time()) + 600)), "sent 1, waiting 0, failed 0")
    same(fates()[NIKOS], "sent")
    it.run("trace", "no.such@message", code=1)


@test("explain names the route, each rule and the recipients, and changes nothing")
def explain():
    before, files = site.all_rows(), sorted(path.name for path in site.folder.rglob("*") if path.name != "diktyo.log")
    file = flow.work / "letter.eml"
    file.write_bytes(letter(STRANGER, "Ερώτηση"))
    told = site.json("explain", file, "--recipient", "environment@" + flow.DOMAIN)
    same((told["route"], told["group"], told["sender"], told["rules"][-1]),
         ("post", "environment", STRANGER, {"rule": "who may post", "verdict": "stranger"}))
    file.write_bytes(letter(ELENI, "Ερώτηση"))
    told = site.json("explain", file, "--recipient", "environment@" + flow.DOMAIN)
    holds({"rule": "who may post", "verdict": "passes"} in told["rules"], str(told["rules"]))
    same(sorted(member["address"] for member in told["recipients"]), sorted((NIKOS, MARIA, ELENI)))
    holds("+ Precedence: list" in told["header"] and not any(line.startswith("-") for line in told["header"]), str(told["header"]))
    told = site.run("explain", file, "--recipient", "environment-join@" + flow.DOMAIN).stdout.decode()
    holds("Route: join, group environment" in told, told)
    told = site.json("explain", file, "--recipient", "nobody@" + flow.DOMAIN)
    same((told["answer"], told["status"][:5]), ("refused", "5.1.1"))
    same(site.all_rows(), before)
    same(sorted(path.name for path in site.folder.rglob("*") if path.name != "diktyo.log"), files)


@test("the child that reads a mail closes the kernel's door behind it: what it calls then is memory, time, its pipe and its end")
def door_is_closed():
    if not shutil.which("strace"):
        skip("there is no strace")
    log = flow.work / "calls"
    done = subprocess.run(["strace", "-ff", "-qq", "-o", log, *site.command("receive", "--", NIKOS, "environment@" + flow.DOMAIN)], input=letter(), capture_output=True, check=False)
    if b"ptrace" in done.stderr:
        skip("strace may not trace here")
    same(done.returncode, 0, str(done.stderr))
    readers = [text for text in (file.read_text() for file in flow.work.glob("calls.*")) if "SECCOMP_MODE_FILTER, {" in text]
    same(len(readers), 1)
    behind = re.split(r"prctl\(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, .* = 0\n", readers[0])
    same(len(behind), 2)
    done = [call for call in re.findall(r"^(\w+)\(.*= [^-\n]", behind[1], re.M)]
    holds("write" in done, "it has answered behind it")
    same(set(done) - {"read", "write", "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "futex", "rt_sigaction", "rt_sigprocmask", "clock_gettime", "getrandom",
                      "getpid", "gettid", "exit_group"}, set())


@test("the doctor finds a good instance good, and planted faults with their cure")
def doctor():
    sick = Site().group()
    sick.receive(letter())
    sick.deliver()
    same([finding for finding in sick.json("doctor") if finding["level"] == "FAIL"], [])
    database = sick.folder / "diktyo.db"

    def finds(words, undo):
        said = sick.json("doctor", code=1)
        wrong = [finding for finding in said if finding["level"] == "FAIL"]
        holds(any(all(word in finding["says"] for word in words) and finding["cure"] for finding in wrong), "%s not in %s" % (words, wrong))
        undo()
        sick.run("doctor")

    database.chmod(0o644)
    finds(["diktyo.db", "open to others"], lambda: database.chmod(0o600))
    good = sick.file.read_text()
    sick.file.write_text(good.replace("kind = maildir", "kind = maildir\nhots = x"))
    line = good[:good.index("kind = maildir")].count("\n") + 2
    finds(["diktyo.conf:%d" % line, "hots"], lambda: sick.file.write_text(good))
    sick.set("relay", "kind", "esmtp")
    sick.set("relay", "port", 1)
    finds(["port 1 "], lambda: sick.file.write_text(good))
    sick.file.chmod(0o666)
    finds(["diktyo.conf", "changed by others"], lambda: sick.file.chmod(0o600))
    sick.receive(letter())
    same([f["what"] for f in sick.json("doctor", "--now", str(int(time.time()) + 7200), code=1) if f["level"] == "FAIL"], ["outbox"])


flow.main()
