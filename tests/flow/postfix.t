#!/usr/bin/env -S python3 -B
# The whole way behind a real Postfix: SMTP in, pipe(8), the archive, SMTP out, Maildirs; and what happens when one of the two
# is away for a while: mail waits, and then is there once.
import sys
import time

sys.path.insert(0, "tests/tools")
import flow
from flow import ELENI, MARIA, NIKOS, STRANGER, holds, letter, message_id, read, same, test, text_of, until

REASON = flow.why_no_postfix()
ADDRESS = "environment@" + flow.DOMAIN


def start():
    postfix = flow.Postfix([NIKOS, ELENI, MARIA, "gone@dimos-volos.example.gr"])
    postfix.site.group(members=(NIKOS, ELENI))
    return postfix


postfix = None if REASON else start()
site = postfix and postfix.site


def is_posted(mail):
    return site.count("posts", "message_id = '%s'" % message_id(mail)) == 1


def copies(mail):
    """Who has it, from the Maildir of all."""
    return sorted(recipient for recipient, copy in postfix.arrived() if message_id(copy) == message_id(mail))


def states(mail):
    return {fate["address"]: fate["state"] for fate in site.json("trace", message_id(mail))[0]["recipients"]}


def deliver():
    said = site.deliver()
    postfix.tool("drain", "30")
    return said


@test("a mail sent by SMTP to a group is in each member's mailbox, once, and the archive has it as Postfix handed it over")
def whole_way():
    mail = letter(subject="Ωράριο καθαριότητας", text="Καλημέρα σας.\n.\n..\nFrom εδώ\n")
    postfix.send(mail, ADDRESS)
    until(30, "it is posted", lambda: is_posted(mail))
    same(deliver(), "sent 3, waiting 0, failed 0")
    same(copies(mail), sorted((NIKOS, MARIA, ELENI)))
    same(set(states(mail).values()), {"sent"})
    for recipient, copy in postfix.arrived():
        same(copy[-len(mail):], mail, "what the author wrote")
        holds(read(copy)["Return-Path"].startswith("<environment-bounces+"), "an own bounce address: %s" % read(copy)["Return-Path"])
    raw = site.raw(1)
    holds(raw.endswith(mail) and b"Received: from" in raw and b"Delivered-To: " in raw[:400], "the archive has the trace fields: %r" % raw[:400])
    reply = site.json("trace", message_id(mail))[0]["recipients"][0]["reply"]
    holds(reply.startswith("250 2.0.0") and "queued as" in reply, "Postfix's own words: " + reply)


@test("an address that is not here comes back to its sender with 5.1.1 and our words")
def unknown():
    postfix.send(letter(ELENI), "paideia@" + flow.DOMAIN, sender=ELENI)
    report = until(30, "the report arrives", lambda: [copy for recipient, copy in postfix.arrived() if recipient == ELENI and b"5.1.1" in copy])[0]
    holds(b"There is no such address here" in report and b"Status: 5.1.1" in report, report.decode("utf-8", "replace")[:3000])
    holds(read(report)["Return-Path"] == "<>", "a report")


@test("a bounce of a copy finds its way to the delivery that it is about")
def bounce():
    site.run("member", "add", "environment", "gone@dimos-volos.example.gr")
    back = site.rows("SELECT count(*) FROM bounces")[0][0]
    mail = letter()
    postfix.send(mail, ADDRESS)
    until(30, "it is posted", lambda: is_posted(mail))
    deliver()
    address = read([copy for recipient, copy in postfix.arrived() if recipient == "gone@dimos-volos.example.gr"][0])["Return-Path"].strip("<>")
    postfix.send(letter("mailer-daemon@dimos-volos.example.gr", "Undelivered Mail"), address, sender="")
    until(30, "the bounce is kept", lambda: site.count("bounces") == back + 1)
    same(site.rows("SELECT d.email FROM bounces b JOIN deliveries d ON d.id = b.delivery ORDER BY b.id DESC LIMIT 1"), [("gone@dimos-volos.example.gr",)])
    site.run("member", "remove", "environment", "gone@dimos-volos.example.gr")


@test("a member whose mailbox does not exist has failed, with the server's own words; the others get theirs")
def no_mailbox():
    site.run("member", "add", "environment", "nobody@dimos-volos.example.gr")
    mail = letter(subject="Σε όλους")
    site.receive(mail)
    same(deliver(), "sent 3, waiting 0, failed 1")
    fate = [fate for fate in site.json("trace", message_id(mail))[0]["recipients"] if fate["address"].startswith("nobody")][0]
    holds(fate["state"] == "failed" and fate["reply"].startswith("550 5.1.1") and "nobody@dimos-volos.example.gr" in fate["reply"], str(fate))
    same(copies(mail), sorted((NIKOS, MARIA, ELENI)))
    site.run("member", "remove", "environment", "nobody@dimos-volos.example.gr")


@test("a stranger's mail by SMTP is held, and the owner finds the notice in her mailbox")
def stranger():
    mail = letter(STRANGER, "Προσφορά")
    postfix.send(mail, ADDRESS, sender=STRANGER)
    until(30, "it is held", lambda: site.held())
    deliver()
    notices = [copy for recipient, copy in postfix.arrived() if recipient == MARIA and read(copy)["Auto-Submitted"]]
    same(len(notices), 1)
    holds(read(notices[0])["Subject"].startswith("Περιβάλλον: ένα μήνυμα περιμένει την έγκρισή σας [diktyo "), read(notices[0])["Subject"])
    holds("Προσφορά" in text_of(notices[0]) and read(notices[0])["Return-Path"] == "<>", text_of(notices[0]))


@test("while the configuration is broken Postfix keeps the mail; put right, nothing is lost and nothing is doubled")
def broken_configuration():
    away = site.file.with_name("away.conf")
    before = site.count("posts")
    mails = [letter(subject="Στην ουρά %d" % number) for number in range(5)]
    site.file.rename(away)
    for mail in mails:
        postfix.send(mail, ADDRESS)
    until(30, "Postfix has put all of it off", lambda: postfix.tool("queue").count("temporary failure") == len(mails))
    same(site.count("posts"), before)
    away.rename(site.file)
    until(60, "all are posted", lambda: all(is_posted(mail) for mail in mails))
    postfix.tool("drain", "30")
    deliver()
    same([copies(mail) for mail in mails], [sorted((NIKOS, MARIA, ELENI))] * len(mails))


@test("while Postfix is away our copies wait, and no attempt is counted; when it is back each member gets one")
def postfix_away():
    mail = letter(subject="Σε αναμονή")
    site.receive(mail)
    postfix.tool("stop")
    try:
        same(site.deliver(code=75), "sent 0, waiting 3, failed 0")
        same(set(states(mail).values()), {"waiting"})
        for fate in site.json("trace", message_id(mail))[0]["recipients"]:
            holds(fate["attempts"] == 0 and "no connection" in fate["reply"], "it says why: %s" % fate)
        same(site.deliver("--now", str(int(time.time()) + 6 * 86400), code=75), "sent 0, waiting 3, failed 0", "six days give nothing up")
    finally:
        postfix.start()
    same(site.deliver(), "sent 3, waiting 0, failed 0")
    postfix.tool("drain", "30")
    same(copies(mail), sorted((NIKOS, MARIA, ELENI)))


@test("a waiting `deliver` hears of a new mail by its bell, and ends when it is told to")
def bell():
    log = open(flow.work / "deliver.log", "wb")
    waiting = flow.subprocess.Popen(site.command("deliver"), stdin=flow.subprocess.DEVNULL, stdout=log, stderr=log)
    flow.cleanup.callback(waiting.kill)
    until(20, "the bell hangs", (site.folder / "bell").exists)
    mail = letter(subject="Με το κουδούνι")
    started = time.monotonic()
    postfix.send(mail, ADDRESS)
    until(25, "all have it", lambda: len(copies(mail)) == 3)
    took = time.monotonic() - started
    waiting.terminate()
    same((waiting.wait(20), (site.folder / "bell").exists()), (0, False))
    return "%.1f s" % took


@test("20 mails sent in a row reach everybody once")
def many():
    mails = [letter(subject="Πολλά %d" % number) for number in range(20)]
    for mail in mails:
        postfix.send(mail, ADDRESS)
    until(60, "all are posted", lambda: all(is_posted(mail) for mail in mails))
    deliver()
    same([copies(mail) for mail in mails], [sorted((NIKOS, MARIA, ELENI))] * len(mails))


flow.main(REASON)
