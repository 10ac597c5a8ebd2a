#!/usr/bin/env -S python3 -B
# Message or member? What comes back is judged by the clock: forged reports, soft failures, bad messages and broken domains blame nobody; an address
# that is dead for days is probed, then suspended, and back with one reply. Time is given with --now; a day is a step.
import re
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import ELENI, MARIA, NIKOS, DOMAIN, holds, letter, message_id, read, same, test, text_of

DAY, START = 86400, 1795000000 // 86400 * 86400 + 8 * 3600
DSN = """Return-Path: <>
From: MAILER-DAEMON@dimos.example.gr (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
X-Number: %(number)d

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; dimos.example.gr

%(original)sFinal-Recipient: rfc822; %(address)s
Action: %(action)s
Status: %(status)s
Diagnostic-Code: smtp; %(words)s

--b--
"""
DIRECTLY = {"original": ""}
DEAD = {"action": "failed", "status": "5.1.1", "words": "550 5.1.1 User unknown"}
FULL = {"action": "failed", "status": "5.2.2", "words": "552 5.2.2 Mailbox full"}
SOFT = {"action": "failed", "status": "4.4.1", "words": "connect: Connection timed out"}
SPAM = {"action": "failed", "status": "5.7.1", "words": "550 5.7.1 Message rejected as spam"}
LATE = {"action": "delayed", "status": "4.4.1", "words": "connect: Connection refused"}


class World:
    def __init__(self, members, **options):
        self.site = flow.Site()
        self.site.group(members=members, posting="anyone", **options)
        self.now, self.number, self.read_until = START, 0, {}

    def at(self, *words):
        return self.site.run(*words, "--now", str(self.now)).stdout.decode()

    def post(self, subject="Νέος κάδος", author=MARIA):
        mail = letter(author=author, subject=subject)
        self.site.receive(mail, sender=author, words=["--now", str(self.now)])
        self.at("deliver", "--once")
        return mail

    def newest(self, address, number=-1):
        return self.site.mails(address)[number]

    def bounce(self, address, how, to=None, copy=None):
        """The report of an address's newest copy comes in."""
        self.number += 1
        back = to or re.search(r"<(.*)>", read(copy or self.newest(address))["Return-Path"]).group(1)
        report = DSN % {"address": address, "number": self.number, **DIRECTLY, **how}
        return self.site.receive(report.encode(), group=back, sender="", words=["--now", str(self.now)])

    def clock(self, days=0.0):
        """So many days pass, and the clock is looked at on each of them."""
        said = ""
        while days > 1:
            self.now, days = self.now + DAY, days - 1
            said += self.at("expire", "--due")
        return said + self.jump(days)

    def jump(self, days):
        self.now += int(days * DAY)
        return self.at("expire", "--due")

    def health(self, address):
        return self.site.rows("SELECT health FROM addresses WHERE email = ?", address)[0][0]

    def score(self, address):
        return self.site.rows("SELECT score FROM addresses WHERE email = ?", address)[0][0]

    def verdicts(self):
        return [verdict for verdict, in self.site.rows("SELECT verdict FROM bounces ORDER BY id")]


def crowd(count, domain="dimos-%d.example.gr"):
    return ["melos%d@%s" % (i, domain % i if "%d" in domain else domain) for i in range(count)]


@test("a forged report changes nothing: not one to a made-up key, nor one about somebody else")
def forged():
    world = World([NIKOS, ELENI])
    world.post()
    for _ in range(5):
        world.bounce(NIKOS, DEAD, to="environment-bounces+abcdefghijklmnop@" + DOMAIN)
        world.bounce(ELENI, DEAD, to="environment-bounces@" + DOMAIN)
        world.clock(1)
    same(set(world.verdicts()), {"ignored"})
    same([world.score(address) for address in (NIKOS, ELENI, MARIA)], [0, 0, 0])
    world.post()
    # Nikos' key with Eleni's address: it is Nikos' copy that came back.
    back = re.search(r"<(.*)>", read(world.newest(NIKOS))["Return-Path"]).group(1)
    report = flow.work / "report.eml"
    report.write_text(DSN % {"address": NIKOS, "number": 0, **DIRECTLY, **DEAD})
    for to, key, whose in (back, "delivery", NIKOS), ("environment-bounces+abcdefghijklmnop@" + DOMAIN, "none", None):
        told = world.site.json("explain", report, "--sender", "", "--recipient", to)
        same((told["key"], told["delivered_to"]), (key, whose))
    holds("to %s: what counts, counts against this address" % NIKOS in world.site.run("explain", report, "--sender", "", "--recipient", back).stdout.decode(), "for people")
    world.bounce(ELENI, DEAD, to=back)
    world.clock(0.1)
    same([world.score(address) for address in (NIKOS, ELENI)], [4, 0])


@test("a year of soft failures, delays and spam filters suspends nobody")
def soft():
    world = World([NIKOS, ELENI] + crowd(6))
    for week in range(52):
        world.post("Εβδομάδα %d" % week)
        world.bounce(NIKOS, (SOFT, SPAM, LATE)[week % 3])
        world.jump(7)
    same((world.health(NIKOS), world.score(NIKOS)), ("good", 0))
    same(set(world.verdicts()), {"ignored"})


@test("a message that everybody's server refuses blames no member; owner and author hear of it once")
def bad_message():
    members = crowd(10)
    world = World(members, owner=MARIA)
    for _ in range(3):  # the dead address of one member among them is found all the same
        world.post("Προσφορά!!!", author=NIKOS)
        for address in members:
            world.bounce(address, DEAD)
        world.clock(1)
    same(set(world.verdicts()), {"message"})
    same({world.score(address) for address in members}, {0})
    world.at("deliver", "--once")
    told = [mail for mail in world.site.mails(NIKOS) if "δεν έφτασε σε όλους" in str(read(mail)["Subject"])]
    same(len(told), 3, "one for each of his three posts")
    holds("10: η διεύθυνση δεν υπάρχει" in text_of(told[0]) and "melos1@" not in text_of(told[0]), text_of(told[0]))
    lines = [mail for mail in world.site.mails(MARIA) if "επέστρεψαν αυτή την εβδομάδα" in str(read(mail)["Subject"])]
    same(len(lines), 1, "one line a week for the owner")
    holds("φταίει το μήνυμα" in text_of(lines[0]), text_of(lines[0]))
    before = world.site.all_rows()
    world.clock(0)
    world.clock(0)
    same(world.site.all_rows(), before, "run again, nothing changes")


@test("a destination that is broken for a day blames nobody there")
def broken_domain():
    there, elsewhere = crowd(8, "dimos.example.gr"), crowd(40)
    world = World(there + elsewhere)
    world.post("Ένα")
    for address in there:
        world.bounce(address, DEAD)
    world.clock(0.1)
    same({world.score(address) for address in there}, {0})
    holds(set(world.verdicts()) <= {"message", "destination"}, world.verdicts())


@test("a dead address is probed after three days, suspended when the probe comes back, and back with one reply")
def dead():
    world = World([NIKOS, ELENI] + crowd(12))
    world.site.run("member", "set", "environment", ELENI, "--delivery", "digest")
    for day in range(3):
        same(world.health(NIKOS), "good", "day %d" % day)
        for number in range(3):  # three mails of one day are one day
            world.post("Ημέρα %d, %d" % (day, number))
            world.bounce(NIKOS, DEAD)
        world.clock(0.1)
        world.now += DAY
    same(world.health(NIKOS), "probed")
    world.at("deliver", "--once")
    probe = world.newest(NIKOS)
    holds("Λαμβάνετε τα μηνύματα" in str(read(probe)["Subject"]), read(probe)["Subject"])
    holds("diktyo-bounces+" in read(probe)["Return-Path"] or "-bounces+" in read(probe)["Return-Path"], read(probe)["Return-Path"])
    world.bounce(NIKOS, DEAD, copy=probe)
    said = world.clock(0.1)
    holds("suspended 1" in said, said)
    same(world.health(NIKOS), "suspended")
    world.at("deliver", "--once")
    question = world.newest(NIKOS)
    holds("Σταματήσαμε" in str(read(question)["Subject"]), read(question)["Subject"])
    kept = world.post("Όσο λείπει")
    same(world.site.rows("SELECT state FROM deliveries d JOIN posts p ON p.id = d.post WHERE p.message_id = ? AND d.email = ?", message_id(kept), NIKOS), [("withheld",)])
    same(world.site.count("memberships", "person = (SELECT person FROM addresses WHERE email = '%s')" % NIKOS), 1, "he stays a member")
    holds(any(entry["what"] == "suspended" for entry in world.site.json("member", "show", NIKOS)["ledger"]), "the ledger tells it")
    answer = letter(author=NIKOS, subject="Re: " + str(read(question)["Subject"]), text="")
    world.site.receive(answer, group=str(read(question)["Reply-To"]), sender=NIKOS, words=["--now", str(world.now)])
    same((world.health(NIKOS), world.score(NIKOS)), ("good", 0))
    world.now += DAY
    world.at("digest", "--due")
    world.at("deliver", "--once")
    holds(any("Όσο λείπει" in text_of(mail) for mail in world.site.mails(NIKOS)[-2:]), "what was withheld comes with his digest")


@test("a probe that does not come back clears the address")
def passed():
    world = World([NIKOS] + crowd(12))
    for day in range(3):
        world.post("Ημέρα %d" % day)
        world.bounce(NIKOS, DEAD)
        world.clock(0.1)
        world.now += DAY
    same(world.health(NIKOS), "probed")
    world.at("deliver", "--once")
    world.jump(40)
    same(world.health(NIKOS), "probed", "a clock that jumps clears nobody")
    world.jump(-40)
    holds("arrived 1" in world.clock(7.5), "it says so")
    same((world.health(NIKOS), world.score(NIKOS)), ("good", 0))


@test("a full mailbox may be so for twelve days before anybody asks")
def full():
    world = World([NIKOS] + crowd(12))
    for day in range(11):
        world.post("Ημέρα %d" % day)
        world.bounce(NIKOS, FULL)
        world.clock(0.1)
        world.now += DAY
    same((world.health(NIKOS), world.score(NIKOS)), ("good", 11))


@test("in a bulk mail the report's own address counts, if it was among those that the mail went to")
def bulk():
    world = World([NIKOS, ELENI] + crowd(12), copies="bulk")
    world.post("Πρώτο")
    world.now += DAY
    world.post("Δεύτερο")
    senders = {read(world.newest(address))["Return-Path"] for address in (NIKOS, ELENI)}
    same(len(senders), 1, "one envelope sender for all")
    world.bounce(NIKOS, DEAD)
    world.bounce("xenos@allou.example.gr", DEAD, to=re.search("<(.*)>", senders.pop()).group(1))
    world.clock(0.1)
    same([world.score(address) for address in (NIKOS, ELENI)], [4, 0])
    same(sorted(world.verdicts()), ["counted", "ignored"])
    passed_on = {**DEAD, "original": "Original-Recipient: rfc822; %s\n" % ELENI}
    world.bounce("eleni.georgiou@allou.example.gr", passed_on, to=re.search("<(.*)>", read(world.newest(ELENI))["Return-Path"]).group(1))
    world.clock(0.1)
    same([world.score(address) for address in (NIKOS, ELENI)], [4, 4], "her mail is passed on, and comes back from there")


@test("trace says with which words a copy came back and in which report; the report says of which post")
def traced():
    world = World([NIKOS])
    mail = world.post()
    world.bounce(NIKOS, DEAD)
    said = world.site.run("trace", "1").stdout.decode()
    holds("but it came back: dead, report 1 (diktyo bounces show 1)" in said and "550 5.1.1 User unknown" in said, said)
    fates = {fate["address"]: (fate["report"], fate["reply"]) for fate in world.site.json("trace", message_id(mail))[0]["recipients"]}
    same((fates[NIKOS][0], fates[MARIA][0]), (1, None))
    holds("550 5.1.1" in fates[NIKOS][1] and "550" not in fates[MARIA][1], fates)
    same(world.site.json("bounces", "show", "1")["post"], 1)
    holds("post" in world.site.run("bounces", "show", "1").stdout.decode(), "people see it, too")


@test("bounces list and show say what came back and whose fault it is; the operator can clear an address")
def operated():
    world = World([NIKOS] + crowd(12))
    world.post()
    world.bounce(NIKOS, DEAD)
    world.clock(0.1)
    entry = world.site.json("bounces", "list", "environment")[0]
    same((entry["address"], entry["class"], entry["verdict"]), (NIKOS, "dead", "counted"))
    same(world.site.json("bounces", "show", str(entry["bounce"]))["status"], "5.1.1")
    holds(b"Final-Recipient" in world.site.run("bounces", "show", str(entry["bounce"]), "--raw").stdout, "the bytes that came in")
    holds(b"gets mail again" in world.site.run("bounces", "clear", NIKOS).stdout, "it says what it did")
    same(world.score(NIKOS), 0)


def suspend(world, *addresses):
    """Three days of dead mail, a probe, and the probe comes back."""
    for day in range(3):
        world.post("Ημέρα %d" % day)
        for address in addresses:
            world.bounce(address, DEAD)
        world.clock(0.1)
        world.now += DAY
    world.at("deliver", "--once")
    for address in addresses:
        world.bounce(address, DEAD)
    world.clock(0.1)
    same({world.health(address) for address in addresses}, {"suspended"})
    world.at("deliver", "--once")


@test("three dead members of a small group excuse each other for a week, not for ever")
def hidden():
    dead = [NIKOS, ELENI, "petros@dimos-serres.example.gr"]
    world = World(dead + crowd(4))
    for day in range(7):
        world.post("Ημέρα %d" % day)
        for address in dead:
            world.bounce(address, DEAD)
        world.clock(0.1)
        world.now += DAY - int(DAY * 0.1)
    same({world.score(address) for address in dead}, {0}, "for a week it may be the messages")
    for day in range(3):
        world.post("Αργότερα %d" % day)
        for address in dead:
            world.bounce(address, DEAD)
        world.clock(0.1)
        world.now += DAY - int(DAY * 0.1)
    same({world.health(address) for address in dead}, {"probed"})


@test("an answer of a vacation program to the bounce address is listed as one, and counts against nobody")
def vacation():
    world = World([NIKOS])
    world.post()
    back = re.search(r"<(.*)>", read(world.newest(NIKOS))["Return-Path"]).group(1)
    away = letter(author=NIKOS, subject="Εκτός γραφείου", text="Λείπω ως τις 30 Νοεμβρίου.\n", Auto_Submitted="auto-replied")
    (flow.work / "away.eml").write_bytes(away)
    told = world.site.run("explain", flow.work / "away.eml", "--sender", "", "--recipient", back).stdout.decode()
    holds("counts against nobody" in told and "against this address" not in told, told)
    world.site.receive(away, group=back, sender="", words=["--now", str(world.now)])
    world.clock(1)
    entry, = world.site.json("bounces", "list", "environment", "--all")
    same((entry["kind"], entry["class"], entry["verdict"], world.score(NIKOS)), ("auto-reply", "auto-reply", "ignored", 0))


@test("an owner with fifty dead members among two hundred gets one mail a week, and nobody hides")
def fifty():
    dead = crowd(50)
    world = World(dead + ["zei%d@dimos-z%d.example.gr" % (i, i) for i in range(150)])
    for week in range(3):
        world.post("Εβδομάδα %d" % week)
        with world.site.door("--now", str(world.now)):
            for address in dead:
                world.bounce(address, DEAD)
        for day in range(7):
            world.clock(1)
    world.at("deliver", "--once")
    told = [mail for mail in world.site.mails(MARIA) if "επέστρεψαν αυτή την εβδομάδα" in str(read(mail)["Subject"])]
    holds(1 <= len(told) <= 3, "%d mails in three weeks" % len(told))
    holds("(+" in text_of(told[-1]), "the rest is a number: %s" % text_of(told[-1]))
    same({world.score(address) for address in dead}, {8}, "the second and the third week count")


@test("who is suspended is listed as such, and back when the operator sets his delivery; who leaves waits for nothing")
def restored():
    world = World([NIKOS, ELENI] + crowd(30))
    suspend(world, NIKOS, ELENI)
    listed = {member["address"]: member["health"] for member in world.site.json("member", "list", "environment")}
    same((listed[NIKOS], listed[MARIA]), ("suspended", "good"))
    world.post("Όσο λείπει")
    world.at("member", "set", "environment", NIKOS, "--name", "Νίκος")
    same(world.health(NIKOS), "suspended", "a name says nothing of his mail")
    world.at("member", "set", "environment", NIKOS, "--delivery", "each")
    same(world.health(NIKOS), "good")
    same([entry["what"] for entry in world.site.json("member", "show", NIKOS)["ledger"]].count("restored"), 1)
    same(world.site.count("deliveries", "state = 'withheld' AND email = '%s'" % NIKOS), 0)
    same(world.site.count("deliveries", "state = 'withheld' AND email = '%s'" % ELENI), 1)
    world.at("member", "remove", "environment", ELENI)
    same(world.site.count("deliveries", "state = 'withheld'"), 0, "who has left waits for nothing")


@test("any answered question of ours shows that mail arrives: he is back")
def answered():
    world = World([NIKOS] + crowd(12))
    suspend(world, NIKOS)
    world.site.receive(letter(author=NIKOS, subject="ΔΙΑΓΡΑΦΗ", text="\n"), group="environment-request@" + DOMAIN, words=["--now", str(world.now)])
    world.at("deliver", "--once")
    question = world.newest(NIKOS)
    holds("-confirm+" in str(read(question)["Reply-To"]), str(read(question)["Subject"]))
    world.site.receive(letter(author=NIKOS, subject="Re: " + str(read(question)["Subject"]), text="ναι\n"), group=str(read(question)["Reply-To"]),
                       words=["--now", str(world.now)])
    same(world.health(NIKOS), "good")


flow.main()
