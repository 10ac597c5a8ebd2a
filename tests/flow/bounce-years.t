#!/usr/bin/env -S python3 -B
# Two years of a group whose mail comes back in every way at once, from a fixed seed: members die, servers are down for days, messages are refused
# everywhere, mailboxes fill up. Who is alive is never suspended, who is dead is found, and nobody is flooded.
# BOUNCE_DAYS says how many days are played (make check-bounce-years: 730); a sample of the same is part of every check.
import contextlib
import os
import random
import re
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, MARIA, holds, letter, read, same, test, text_of

DAY, START, ALL = 86400, 1795000000 // 86400 * 86400 + 8 * 3600, 730
DAYS, SEED = int(os.environ.get("BOUNCE_DAYS", "32")), 20261125
POSTFIX = """From: MAILER-DAEMON@%(host)s (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
Message-ID: <%(number)d@%(host)s>

--b
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; %(host)s

Final-Recipient: rfc822; %(address)s
Action: failed
Status: %(status)s
Diagnostic-Code: smtp; %(words)s

--b--
"""
EXCHANGE = """From: Microsoft Outlook <postmaster@%(host)s>
Subject: Undeliverable: Περιβάλλον
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
Message-ID: <%(number)d@%(host)s>
X-MS-Exchange-Message-Is-Ndr:

--b
Content-Type: text/html; charset=utf-8

<p>Your message couldn't be delivered.</p>

--b
Content-Type: message/delivery-status

Reporting-MTA: dns;%(host)s
Received-From-MTA: dns;mail.groups.example.gr

Final-Recipient: rfc822;%(address)s
Action: failed
Status: %(status)s
Diagnostic-Code: smtp;%(words)s

--b--
"""
QMAIL = """From: MAILER-DAEMON@%(host)s
Subject: failure notice
Message-ID: <%(number)d@%(host)s>

Hi. This is the qmail-send program at %(host)s.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<%(address)s>:
192.0.2.1 does not like recipient.
Remote host said: %(words)s
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.
"""
EXIM = """From: Mail Delivery System <Mailer-Daemon@%(host)s>
Subject: Mail delivery failed: returning message to sender
Auto-Submitted: auto-replied
X-Failed-Recipients: %(address)s
Message-ID: <%(number)d@%(host)s>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  %(address)s
    host mail.example.org [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<%(address)s>:
    %(words)s
"""
FORMS = (POSTFIX, EXCHANGE, QMAIL, EXIM)
DEAD, FULL = ("5.1.1", "550 5.1.1 User unknown"), ("5.2.2", "552 5.2.2 Mailbox full")
SOFT, SPAM = ("4.4.1", "451 4.4.1 Connection timed out"), ("5.7.1", "550 5.7.1 Message rejected as spam")


class Years:
    def __init__(self):
        self.dice, self.now, self.number, self.site = random.Random(SEED), START, 0, flow.Site()
        places = ["dimos-%d.example.gr" % place for place in range(20)]
        self.members = ["melos%d@%s" % (i, places[i % 20] if i < 80 else "tachydromeio.example.gr") for i in range(120)]
        self.site.group(members=self.members, posting="anyone")
        self.dead = {}  # address: since which day
        self.down = {}  # domain: until which day
        self.full = {}  # address: until which day
        self.wrong, self.found, self.owner_mails, self.questions = set(), {}, [], {}

    def at(self, *words):
        return self.site.run(*words, "--now", str(self.now)).stdout.decode()

    def report(self, address, back, how):
        self.number += 1
        text = self.dice.choice(FORMS) % {"host": "mail." + address.split("@")[1], "address": address, "number": self.number, "status": how[0], "words": how[1]}
        self.site.receive(text.encode(), group=back, sender="", words=["--now", str(self.now)])

    def arrived(self):
        """What the Maildirs got since the last look: (address, mail); they are emptied."""
        for folder in sorted((self.site.folder / "mail").iterdir()):
            for file in sorted((folder / "new").iterdir()):
                yield folder.name, file.read_bytes()
                file.unlink()

    def fate(self, day, address, bad):
        """What the server of an address does with a mail of the day; None: it takes it."""
        if address in self.dead or self.down.get(address.split("@")[1], -1) >= day:
            return DEAD
        if self.full.get(address, -1) >= day:
            return FULL
        return bad if bad else self.dice.choice((SOFT, SPAM)) if self.dice.random() < 0.01 else None

    def events(self, day):
        alive = [member for member in self.members if member not in self.dead]
        if day == 2:
            self.dead[self.members[80]] = self.dead[self.members[5]] = day  # in every sample
        if day % 90 == 45:
            self.dead[self.dice.choice(alive)] = day
        if day % 60 == 7:
            self.down[self.members[self.dice.randrange(20)].split("@")[1]] = day + self.dice.randrange(4)
        if day % 100 == 20:
            self.down["tachydromeio.example.gr"] = day + 3
        if day % 40 == 12:
            self.full[self.dice.choice(alive)] = day + 8

    def mail(self, address, mail, day, bad):
        back = re.search(rb"^Return-Path: <(.*)>", mail, re.M).group(1).decode()
        subject = str(read(mail)["Subject"])
        if "επέστρεψαν αυτή την εβδομάδα" in subject:
            self.owner_mails.append(day)
        if "Σταματήσαμε" in subject:
            self.questions[address] = self.questions.get(address, 0) + 1
        how = self.fate(day, address, bad) if address != MARIA else None
        if how and back:
            self.report(address, back, how)

    def come_back(self, day, bad):
        mails = list(self.arrived())
        with self.site.door("--now", str(self.now)) if len(mails) > 50 else contextlib.nullcontext():
            for address, mail in mails:
                self.mail(address, mail, day, bad)

    def day(self, day):
        self.events(day)
        bad = DEAD if day % 50 == 30 else None  # a message that every server refuses, with the wrong words
        mail = letter(author=MARIA, subject="Ημέρα %d" % day)
        self.site.receive(mail, sender=MARIA, words=["--now", str(self.now)])
        self.at("deliver", "--once")
        self.come_back(day, bad)
        for hour in (2, 12):
            self.now = START + day * DAY + hour * 3600
            self.at("expire", "--due")
            self.at("deliver", "--once")
            self.come_back(day, None)
        for address, in self.site.rows("SELECT email FROM addresses WHERE health = 'suspended'"):
            self.found.setdefault(address, day)
            if address not in self.dead:
                self.wrong.add((day, address))
        if day % 10 == 0:
            before = self.site.all_rows()
            self.at("expire", "--due")
            same(self.site.all_rows() == before, True, "run again on day %d, nothing changes" % day)
        self.now = START + (day + 1) * DAY


@test("years of dead members, broken servers, bad messages and full mailboxes: only the dead are suspended, nobody is flooded")
def years():
    world = Years()
    for day in range(DAYS):
        world.day(day)
    same(world.wrong, set(), "suspended although alive (day, address)")
    late = {address for address, since in world.dead.items() if since + 25 < DAYS and world.found.get(address, DAYS) - since > 25}
    same(late, set(), "dead and not found within 25 days")
    holds(world.found, "somebody was found at all")
    holds(all(later - sooner >= 7 for sooner, later in zip(world.owner_mails, world.owner_mails[1:])), "a line a week: %s" % world.owner_mails)
    holds(world.owner_mails, "the owner heard of it")
    holds(max(world.questions.values()) <= 4, "one question and three reminders: %s" % world.questions)
    same(world.site.count("memberships"), len(world.members) + 1, "all are members still")
    holds(world.site.count("deliveries", "state = 'withheld'") > 0, "their posts are withheld")
    verdicts = dict(world.site.rows("SELECT verdict, count(*) FROM bounces GROUP BY verdict"))
    return "%d of %d days, seed %d; reports: %s; suspended %d of %d dead, %d mails to the owner" % (
        DAYS, ALL, SEED, ", ".join("%s %d" % entry for entry in sorted(verdicts.items())), len(world.found), len(world.dead), len(world.owner_mails))


flow.main()
