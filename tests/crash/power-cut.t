#!/usr/bin/env -S python3 -B
# The power goes at each write and sync: what the disk has then is looked at. Nothing that was acknowledged may be missing.
# The instance is on an ext4 file system in an image; a copy of the image is the disk at that moment, without what the kernel had
# not written out yet. It is mounted, so the journal of ext4 is played back, and the database is opened. Without --all: every thirty-second moment.
import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter

sys.path.insert(0, "tests/tools")
import crash
import flow
import points
from crash import LEASE, NOW, STRIKE, Sink
from flow import DOMAIN, MARIA, NIKOS, Site, holds, letter, message_id, same, test

EVERY = 1 if "--all" in sys.argv else 8
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "openat", "rename")
IMAGE, COPY = flow.work / "disk", flow.work / "disk.then"
LIVE, THEN = flow.work / "live", flow.work / "then"
MEGABYTES = 16


def quiet(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def why_not():
    if os.geteuid() != 0:
        return "only root can mount"
    LIVE.mkdir()
    THEN.mkdir()
    with open(IMAGE, "wb") as file:
        file.truncate(MEGABYTES << 20)
    made = quiet("mkfs.ext4", "-q", "-F", "-m", "0", IMAGE)
    if made.returncode != 0:
        return "mkfs.ext4: %s" % made.stderr.strip()
    tried = quiet("mount", "-o", "loop", IMAGE, LIVE)
    if tried.returncode != 0:
        return "no loop device can be mounted: %s" % tried.stderr.strip()
    flow.cleanup.callback(quiet, "umount", "--lazy", LIVE)  # at the end of a test that was ended, somebody may be in there still
    flow.cleanup.callback(quiet, "umount", "--lazy", THEN)
    return None


@contextlib.contextmanager
def after_the_cut():
    """The folder of the instance as the disk had it at this moment."""
    subprocess.run(["cp", "--sparse=always", IMAGE, COPY], check=True)
    mounted = quiet("mount", "-o", "loop", COPY, THEN)
    holds(mounted.returncode == 0, "the file system is broken: %s" % mounted.stderr)
    try:
        yield THEN / "site"
    finally:
        same(quiet("umount", THEN).returncode, 0)


def fresh(relay="maildir"):
    """A new instance with everything that makes it written out."""
    shutil.rmtree(LIVE / "site", ignore_errors=True)
    site = Site(LIVE / "site", relay=relay).group(members=(NIKOS, *crash.MEMBERS))
    for section, key, value in (("relay", "seconds", 300), ("relay", "sessions", crash.SESSIONS), ("delivery", "lease_seconds", LEASE),
                                ("limits", "parse_seconds", 60)):  # while we look at what a cut leaves, the clock goes on
        site.set(section, key, value)
    os.sync()
    return site


@contextlib.contextmanager
def somebody_waiting(site):
    """A connection that stays open, as that of a waiting `diktyo deliver`: without one, the last to leave writes everything out."""
    with contextlib.closing(sqlite3.connect(site.folder / "diktyo.db")) as waiting:
        waiting.execute("SELECT count(*) FROM posts").fetchone()
        yield


def posts_in(folder):
    """The Message-IDs of the posts in a database that a cut left; its faults."""
    with contextlib.closing(sqlite3.connect(folder / "diktyo.db")) as database:
        faults = ["integrity: %s" % row for row, in database.execute("PRAGMA integrity_check") if row != "ok"]
        faults += ["dangling: %s" % (row,) for row in database.execute("PRAGMA foreign_key_check")]
        faults += [sentence for sentence, statement in crash.BROKEN.items() if database.execute(statement).fetchone()[0]]
        return {name for name, in database.execute("SELECT message_id FROM posts")}, faults


moment = 0


def moments(site, words, mail, visit):
    """Runs the command; visit() at each moment that is looked at, and once when it has ended. How many moments there were; its exit is 0."""
    global moment
    to_us, from_it = os.pipe()
    to_it, from_us = os.pipe()
    calls, seen = ",".join(str(points.NUMBERS[name]) for name in CALLS), 0
    command = [STRIKE, "--pause", calls, "--talk", "%d,%d" % (to_it, from_it), "--", *site.command(*words)]
    with open(flow.work / "mail", "wb") as file:
        file.write(mail)
    with open(flow.work / "mail", "rb") as file:
        process = subprocess.Popen(command, stdin=file, stdout=subprocess.DEVNULL, pass_fds=(to_it, from_it))
    os.close(from_it)
    os.close(to_it)
    with os.fdopen(to_us) as lines:
        for line in lines:
            if line.endswith("end\n"):
                break
            moment += 1
            seen += 1
            if moment % EVERY == 0:
                visit()
            os.write(from_us, b".")
    os.write(from_us, b".")
    os.close(from_us)
    same(process.wait(), 0)
    return seen


@test("a post that was acknowledged is there after a cut of the power at any moment, whole")
def acknowledged():
    site, known, faults, total, cuts = fresh(), set(), [], 0, 0

    def visit():
        nonlocal cuts
        cuts += 1
        with after_the_cut() as folder:
            found, broken = posts_in(folder)
        if not known <= found:
            faults.append("lost: %s" % (known - found))
        faults.extend(broken)

    for number in range(4):
        mail = letter(subject="Ανακοίνωση %d" % number)
        with somebody_waiting(site) if number % 2 else contextlib.nullcontext():
            total += moments(site, ["receive", "--", NIKOS, "environment@" + DOMAIN], mail, visit) + 1
            known.add(message_id(mail))
            visit()
    same(site.count("posts"), 4)
    same(faults, [])
    return "{:,} of {:,} moments, 0 of {} posts lost".format(cuts, total, len(known))


def control(name):
    """How many of ten acknowledged posts a cut just after each loses."""
    shim = flow.work / "pragmas.so"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", shim, "tests/crash/pragmas.c", "-ldl"], check=True)
    site, lost = fresh(), 0
    environment = {**os.environ, "LD_PRELOAD": str(shim), "CONTROL": name}
    site.run("group", "list", env=environment)
    os.sync()
    # Another connection would keep the journal from being changed to SQLite's default.
    with somebody_waiting(site) if name != "rollback" else contextlib.nullcontext():
        for number in range(10):
            mail = letter(subject="Δοκιμή %d" % number)
            site.receive(mail, env=environment)
            with after_the_cut() as folder:
                lost += message_id(mail) not in posts_in(folder)[0]
    same(site.count("posts"), 10)
    return lost


@test("the same test sees the loss when the database has SQLite's default journal")
def default_journal():
    lost = control("rollback")
    holds(lost > 0, "nothing was lost: this test is blind")
    return "%d of 10 acknowledged posts lost" % lost


@test("the same test sees the loss when posts are accepted with synchronous=NORMAL")
def normal():
    lost = control("normal")
    holds(lost > 0, "nothing was lost: this test is blind")
    return "%d of 10 acknowledged posts lost" % lost


@test("without any change to its settings the same ten posts are all there")
def unchanged():
    same(control("none"), 0)
    return "0 of 10 acknowledged posts lost"


@test("a cut while mail goes out loses no copy; what was marked last may go out again")
def outgoing():
    sink, afterwards = Sink().start(), Sink().start()  # what is under way to the one while the power is cut is not what goes out after it
    site = fresh("smtp")
    site.set("relay", "port", sink.port)
    mail = letter(subject="Προς όλους")
    site.receive(mail, words=["--now", str(NOW)])
    os.sync()
    faults, counts = [], Counter()

    def visit():
        before = Counter(recipient for _, _, recipient in sink.taken())
        afterwards.forget()
        with after_the_cut() as folder:
            there = Site.__new__(Site)
            there.folder, there.program, there.file = folder, site.program, folder / "diktyo.conf"
            found, broken = posts_in(folder)
            faults.extend(broken + ([] if message_id(mail) in found else ["the post is lost"]))
            marked = {email for email, in there.rows("SELECT email FROM deliveries WHERE state = 'sent'")}
            faults.extend("%s is marked, and nobody took it" % email for email in marked - set(before))
            there.set("relay", "port", afterwards.port)
            there.run("deliver", "--once", "--now", str(NOW + 2 * LEASE))
            states = dict(there.rows("SELECT email, state FROM deliveries"))
        afterwards.settle()
        again = Counter(recipient for _, _, recipient in afterwards.taken())
        wanted = {email: {crash.LATER: "waiting", crash.NEVER: "failed"}.get(email, "sent") for email in (NIKOS, MARIA, *crash.MEMBERS)}
        if states != wanted:
            faults.append("states after the next run: %s" % sorted(set(states.items()) ^ set(wanted.items())))
        faults.extend("%s got nothing" % email for email, state in wanted.items() if state == "sent" and not before[email] and not again[email])
        counts["cuts"] += 1
        counts["second copies"] += sum(1 for email in again if before[email])

    seen = moments(site, ["deliver", "--once", "--now", str(NOW)], b"", visit)
    sink.settle()
    visit()
    same(faults, [])
    return "{:,} of {:,} moments, 0 lost, {} second copies".format(counts["cuts"], seen + 1, counts["second copies"])


flow.main(why_not())
