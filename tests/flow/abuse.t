#!/usr/bin/env -S python3 -B
# What strangers and machines could do to us, or to others through us. WHOLE=1 sends the whole numbers of mails, for about ten minutes.
import base64
import os
import random
import re
import shutil
import subprocess
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, ELENI, MARIA, NIKOS, STRANGER, holds, letter, read, same, skip, test, text_of
from talk import HOUR, ROBOT, Talk, only, token_of
from whole import WHOLE, number, part

VICTIM, EVIL = "thyma@dimos-kavala.example.gr", "evil@bad.example.org"
KEPT = ("persons", "addresses", "memberships", "groups", "aliases", "posts", "allowed", "erased")
random.seed(3)


def town():
    made = Talk()
    for name, title in (("environment", "Περιβάλλον"), ("health", "Υγεία"), ("roads", "Οδοποιία")):
        made.group(name, title, members=(NIKOS, ELENI))
    return made


def kept(where):
    rows = where.all_rows()
    return {table: rows[table] for table in KEPT}


def notices(where, condition="1"):
    return where.count("deliveries", "envelope = 'null' AND " + condition)


def bytes_out(where):
    return where.rows("SELECT coalesce(sum(length(o.head) + length(coalesce(o.body, ''))), 0) FROM deliveries d JOIN outgoing o ON o.id = d.outgoing")[0][0]


# --- bombing ---------------------------------------------------------------------------------------------------------

@test("forged subscriptions of one victim bring him at most six mails in the hour")
def one_victim():
    where, count, sent = town(), number(120, 10000), 0
    groups, words = ("health", "environment", "roads", "Υγεία", "Περιβάλλον"), ("ΕΓΓΡΑΦΗ", "join", "Subscribe", "εγγραφη")
    with where.many():
        for i in range(count):
            order = "%s %s %s" % (random.choice(words), " ".join(random.sample(groups, random.randint(1, 3))), random.choice(("", "ΣΥΝΟΨΗ", "digest", "xyzzy%d" % i)))
            to = random.choice(("diktyo", "diktyo", "health-join", "roads+subscribe", "environment-request"))
            sent += len(where.write(VICTIM, to, *random.choice(((order, ""), ("", order))), sender=random.choice((VICTIM, EVIL))))
    mails = notices(where, "email = '%s'" % VICTIM)
    holds(mails <= 6, "%d mails for %d forged ones" % (mails, count))
    same(where.count("tokens", "state = 'waiting'") <= 5, True, "one question for each group at most")
    return "%d of 10,000: %d mails to him; %d bytes in, %d out; others %d" % (count, mails, sent, bytes_out(where), notices(where) - mails)


@test("forged subscriptions of many victims bring each one mail, and no more than the site answers in an hour")
def many_victims():
    count, cap = number(80, 1000), number(50, 500)
    where, sent = town(), 0
    with where.many():
        for i in range(count):
            sent += len(where.write("v%d@dimos-kavala.example.gr" % i, "diktyo", "ΕΓΓΡΑΦΗ Υγεία", sender=EVIL))
    small = 60  # [answers] larger: so many answers in an hour may be larger than what they answer
    same(where.rows("SELECT count(*), count(DISTINCT email) FROM deliveries")[0], (small, small))
    same(where.count("held", "reason = 'too-much'"), count - small, "the others are kept for a person to see")
    ratio = bytes_out(where) / sent
    holds(not WHOLE or ratio <= 1, "%.1f bytes out for one in" % ratio)
    capped = town()
    with open(capped.file, "a") as file:
        file.write("\n[answers]\nper_hour = %d\nlarger = 1000000\n" % cap)
    with capped.many():
        for i in range(count):
            capped.write("v%d@dimos-kavala.example.gr" % i, "diktyo", "ΕΓΓΡΑΦΗ Υγεία", sender=EVIL)
    same(notices(capped), cap)
    capped.later(HOUR + 1)
    capped.write(VICTIM, "diktyo", "ΕΓΓΡΑΦΗ Υγεία")
    same(notices(capped), cap + 1, "an hour later others are answered again")
    large = town()
    with large.many():
        for i in range(small + 5):
            large.write("v%d@dimos-kavala.example.gr" % i, "diktyo", "ΕΓΓΡΑΦΗ Υγεία" + "\n\n" + "> Καλημέρα σας.\n" * 400, sender=EVIL)
    same(notices(large), small + 5, "who writes more than we do is answered all the same")
    return "%d of 1,000: %d mails; with per_hour = %d: %d; bytes out for one in: %.1f" % (count, count, cap, cap, ratio)


@test("who has mailboxes of his own cannot use us to bomb another by address changes, invitations or requests to join")
def by_others():
    where = town()
    where.sql("UPDATE groups SET joining = 'approve' WHERE name = 'roads'")
    for i in range(20):
        attacker = "a%d@bad.example.org" % i
        where.write(attacker, "diktyo", "", "ΔΙΕΥΘΥΝΣΗ %s\nΕΓΓΡΑΦΗ roads" % VICTIM)
        where.answer(only(where.inbox(attacker)), attacker)
        where.inbox(attacker)
    got = len(where.inbox(VICTIM))
    holds(got <= 6, "%d mails to the victim in one hour" % got)
    return "20 mailboxes: %d mails to the victim, %d to the owner" % (got, len(where.inbox(MARIA)))


@test("one mail never makes more than one, whatever stands in it")
def amplification():
    where = town()
    body = "\n".join("ΔΙΕΥΘΥΝΣΗ v%d@dimos-kavala.example.gr" % i for i in range(10))
    where.write(EVIL, "diktyo", "", body)
    question = only(where.inbox(EVIL))
    where.answer(question, EVIL)
    where.deliver("--now", str(where.now))
    victims = notices(where, "email LIKE 'v%'")
    holds(victims <= 1, "two mails of one person made %d mails to others" % victims)


@test("guessed tokens open nothing")
def guesses():
    where, tried = town(), 0
    where.write(NIKOS, "diktyo", "ΑΠΟΧΩΡΗΣΗ ΟΛΕΣ")
    where.write(STRANGER, "health", "Πρόταση")
    near = token_of(only(where.inbox(NIKOS)))
    before = kept(where)
    with where.many():
        for i in range(number(80, 10000)):
            tokens = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz234567", k=26)) for _ in range(7)]
            tokens.append(near[:i % 26] + random.choice("abcd".replace(near[i % 26], "")) + near[i % 26 + 1:])
            tried += len(tokens)
            where.write(random.choice((NIKOS, EVIL)), "%s+%s" % (random.choice(("health-moderate", "diktyo-confirm", "health-confirm")), tokens[0]),
                        "ΑΠ: " + " ".join(tokens[1:]), "ΝΑΙ")
    same((kept(where), len(where.held()[:1])), (before, 1))
    same(where.count("tokens", "state IN ('done', 'refused')"), 0)
    return "%d guesses; a token has 128 random bits, so 10^6 guesses at 1,000 waiting ones find one with a chance of 3e-30" % tried


# --- forged From -----------------------------------------------------------------------------------------------------

ORDERS = {
    "help": "help", "groups": "groups", "info": "info health", "my": "my", "who": "who health", "index": "index health", "get": "get 1", "export": "export",
    "join": "join roads health", "leave": "leave all", "set": "set health none", "pause": "pause 14", "resume": "resume", "language": "language en",
    "address": "address " + EVIL, "erase": "erase", "held": "held", "members": "members health", "settings": "settings health", "accept": "accept 1",
    "reject": "reject 1 όχι", "discard": "discard 1", "invite": "invite health " + EVIL, "remove": "remove health " + ELENI, "allow": "allow health " + EVIL,
    "confirm": "confirm", "end": "end", "trace": "trace", "digest": "digest weekly friday", "mute": "mute 1", "unmute": "unmute 1", "urgent": "urgent 1",
}


@test("a forged From changes nothing with any command, and what is answered goes to him whose address it is")
def forged():
    verbs = re.search(r"verb_words\[\] = \{(.*?)NULL", open("src/model/order.h").read(), re.S)[1]
    same(sorted(ORDERS), sorted(re.findall(r'"([a-z]+)"', verbs)), "a command that this test does not try")
    where = town()
    where.write(ELENI, "health", "Δεντροφύτευση", "Το Σάββατο.")
    where.write(STRANGER, "health", "Πρόταση")
    before, held = kept(where), where.rows("SELECT id, state FROM held WHERE reason = 'stranger'")
    tried = [(author, order, form) for author in (MARIA, NIKOS, ELENI) for order in ORDERS.values() for form in ("subject", "text")]
    some = part(tried, 3)  # of each author's orders each form: three divides neither their number nor two
    for author, order, form in some:
        where.later(HOUR + 1)
        to, subject, text = ("diktyo", order, "") if form == "subject" else ("health-request", "", order)
        where.write(author, to, subject, text, sender=EVIL, Reply_To=EVIL, Sender=EVIL)
    for author in (MARIA, NIKOS, ELENI):
        for to in ("health-leave", "health+unsubscribe", "roads-join", "health-help", "health-moderate+" + "a" * 26, "health-confirm+" + "a" * 26):
            where.write(author, to, "ΝΑΙ", "ΝΑΙ", sender=EVIL, Reply_To=EVIL)
    same(kept(where), before)
    same(where.rows("SELECT id, state FROM held WHERE reason = 'stranger'"), held)
    same((where.inbox(EVIL), notices(where, "email = '%s'" % EVIL)), ([], 0))
    holds(len(ORDERS) % 3 != 0 or WHOLE, "a third of %d orders would leave some out with everybody" % len(ORDERS))
    return "%d of %d orders, and 18 more" % (len(some), len(tried))


@test("two addresses in From, a name that looks like one, and a group in angle brackets are nobody's order")
def odd_from():
    where = town()
    before = kept(where)
    for author in ("%s, %s" % (EVIL, NIKOS), '"%s" <%s>' % (NIKOS, EVIL), "<%s> <%s>" % (EVIL, NIKOS), "%s (%s)" % (EVIL, NIKOS), "undisclosed:;", ""):
        where.write(EVIL, "diktyo", "ΑΠΟΧΩΡΗΣΗ ΟΛΕΣ", From=author)
    same(kept(where), before)
    holds(notices(where) <= 6, "%d answers" % notices(where))


# --- loops -----------------------------------------------------------------------------------------------------------

def responder(address, mail, to):
    """It ignores every rule: it answers all mail, names itself as the author, and says of nothing that it is automatic."""
    return letter(address, "Re: " + str(read(mail)["Subject"]), "Λείπω ως τις 30 Νοεμβρίου.\n\n" + "> " + text_of(mail).replace("\n", "\n> "), To=to)


def answered_for_a_day(where, robot, whom):
    """How many mails of ours left in each of 24 hours. The robot answers at once, and is watched for 30 answers of each hour."""
    hours, before = [], 0
    for _ in range(24):
        for _ in range(30):
            mails = [(mail, whom(read(mail))) for mail in where.inbox(robot)]
            ours = [(mail, to) for mail, to in mails if to.endswith("@" + DOMAIN)]
            for mail, to in ours:
                where.receive(responder(robot, mail, to), to, robot, words=["--now", str(where.now)], code=None)
            where.later(20)
            if not ours:
                break
        where.later(HOUR)
        hours.append(where.count("deliveries") - before)
        before += hours[-1]
        if hours[-1] > 100:
            break
    return hours


def address_in(field):
    return re.search(r"([^\s<>]+@[^\s<>]+)|$", str(field or ""))[0] or ""


def vacation(whom):
    where = Talk().group("health", "Υγεία", owner=MARIA, members=(ELENI,))
    where.write(ELENI, "health", "Καλημέρα")
    where.write(STRANGER, "health", "Πρόταση")
    where.write(STRANGER, "health-owner", "Ερώτηση")
    where.write(MARIA, "diktyo", "ΕΓΓΡΑΦΗ Υγεία")
    where.write(MARIA, "diktyo", "ΒΟΗΘΕΙΑ")
    hours = answered_for_a_day(where, MARIA, whom)
    same(where.count("tokens", "state = 'done'"), 0, "it has confirmed something")
    holds(max(hours) <= 60 and hours[-1] <= 6, "mails in each hour: %s" % hours)
    return "%d mails; in the first hour %d, in the last %d" % (sum(hours), hours[0], hours[-1])


@test("a vacation responder that answers every mail to its Reply-To is member and owner: 24 hours")
def answers_reply_to():
    return vacation(lambda mail: address_in(mail["Reply-To"] or mail["From"]))


@test("the same, and it answers to the Return-Path")
def answers_return_path():
    return vacation(lambda mail: address_in(mail["Return-Path"]))


@test("the same, and it answers to whatever stands in To, which is the group")
def answers_to():
    return vacation(lambda mail: address_in(mail["To"]))


def carry(sites):
    """Takes what each instance sent to the other's domain there; how many."""
    moved = 0
    for site, other in sites:
        site.deliver("--now", str(site.now))
        for file in sorted((site.folder / "mail").glob("*/new/*")):
            to = file.parts[-3]
            mail = file.read_bytes()
            if to.endswith("@" + other.domain):
                sender = re.match(rb"Return-Path: <(.*)>\n", mail)[1].decode()
                other.receive(mail, to, sender, words=["--now", str(other.now)], code=None)
                moved += 1
            file.unlink()
        site.now += HOUR // 2
    return moved


@test("two instances whose groups are members of each other: 24 hours")
def mutual():
    here, there = Talk(), Talk()
    there.set("site", "domain", "groups.example.org")
    here.domain, there.domain = DOMAIN, "groups.example.org"
    for site, other in ((here, there), (there, here)):
        site.group("health", "Υγεία", members=(ELENI, "health@" + other.domain), posting="anyone")
        site.run("member", "set", "health", "health@" + other.domain, "--role", "moderator")
    here.write(ELENI, "health", "Καλημέρα")
    here.write("diktyo@groups.example.org", "diktyo", "ΕΓΓΡΑΦΗ Υγεία")
    here.write("health@groups.example.org", "diktyo", "ΒΟΗΘΕΙΑ")
    here.write("health@groups.example.org", "health", "Καλημέρα και από εμάς")
    here.write("health@groups.example.org", "health-owner", "Καλημέρα υπεύθυνοι")
    moved = [carry(((here, there), (there, here))) for _ in range(48)]
    same(sum(moved[4:]), 0, "still talking after two hours: %s" % moved)
    return "%d mails between them, the last in round %d of 48" % (sum(moved), max(i for i, n in enumerate(moved) if n) + 1)


@test("a group cannot be subscribed to itself or to another group here, by hand or by mail")
def itself():
    where = town()
    before = kept(where)
    for name in ("health", "roads", "health-owner", "diktyo", "health+join"):
        where.run("member", "add", "health", "%s@%s" % (name, DOMAIN), code=1)
        where.write("%s@%s" % (name, DOMAIN), "diktyo", "ΕΓΓΡΑΦΗ Υγεία", sender=EVIL)
    where.agree(EVIL, "ΔΙΕΥΘΥΝΣΗ health@" + DOMAIN)
    where.agree(MARIA, "ΠΡΟΣΚΛΗΣΗ Υγεία roads@" + DOMAIN)
    same(kept(where), before)
    same(notices(where, "email LIKE '%@groups.example.gr'"), 0, "nothing is sent to ourselves")


# --- what strangers write into fields --------------------------------------------------------------------------------

EVILS = ("a\r\nBcc: evil@bad.example.org\r\nX-Evil: 1", "a\nX-Evil: 1\n\nbody", "a\rX-Evil: 1", "a\0b", "ΑΡΧΗ{{group_title}}{{subject}}{{token}}ΤΕΛΟΣ", "{group}{argument}",
         "%n%n%s%s%x", "'; DROP TABLE persons; --", "../../../../etc/passwd", "x" * 10240, "\u202eνεκ\u202c\u2066\u200b\u061c", "$(touch /tmp/evil)`id`|id", "=?utf-8?B?DQpCY2M6IGU=?=",
         "\u2028X-Evil: 1\u0085X-Evil: 2", "Θ" * 2000)
OURS = {"Return-Path", "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "Precedence", "X-Auto-Response-Suppress", "List-Id", "X-Diktyo-Loop", "Sender", "Delivered-To", "X-Original-To"}


def word(text):
    """As encoded words can carry anything into a header."""
    return "=?utf-8?B?%s?=" % base64.b64encode(text.encode()).decode()


def flat(text):
    return re.sub(r"[\0\r\n]", " ", text)


def attacks():
    for evil in EVILS:
        plain = flat(evil)
        yield {"subject": "x", "Subject": word(evil)}, "", EVIL
        yield {"From": "%s <%s>" % (word(evil), EVIL)}, "", EVIL
        yield {"From": '"%s" <%s>' % (plain.replace('"', ""), EVIL)}, "", EVIL
        yield {"From": '"%s"@bad.example.org' % plain.replace('"', "")}, "", EVIL
        yield {"Message-ID": "<%s@bad.example.org>" % plain}, "", EVIL
        yield {"Message-ID": word(evil), "In-Reply-To": word(evil), "References": word(evil)}, "", EVIL
        yield {"Reply-To": word(evil), "Sender": word(evil), "To": word(evil)}, "", EVIL
        yield {}, "ΕΓΓΡΑΦΗ %s" % evil, EVIL
        yield {}, "invite health %s\nget %s\nset %s digest\npause %s\naddress %s" % ((evil,) * 5), EVIL
        yield {}, "ΔΙΕΥΘΥΝΣΗ %s@bad.example.org" % plain.replace(" ", ""), EVIL
        yield {}, "", evil.replace("\0", "")[:5000]


def inspect(mail):
    """One notice of ours, byte by byte."""
    head = mail.split(b"\n\n", 1)[0].replace(b"\r", b"")
    fields = re.sub(rb"\n[ \t]", b" ", head).split(b"\n")
    names = [field.split(b":")[0].decode("ascii") for field in fields]
    same([name for name in names if name not in OURS], [], "fields that are not ours in %s" % head)
    same(sorted(set(names)), sorted(names), "a field twice")
    holds(max(len(line) for line in mail.split(b"\n")) <= 999, "a line too long for SMTP")
    holds(b"\0" not in head, "a NUL")
    for name in ("Subject", "From", "To", "Reply-To"):
        shown = str(read(mail)[name])
        same(re.findall("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\u061c]", shown), [], name)
    text = text_of(mail)
    same(re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\u061c]", text.replace("\r\n", "\n")), [], "the text of %s" % read(mail)["Subject"])
    holds("ΑΡΧΗΥγεία" not in text and "{{days}}" not in text, "a template word of a stranger was filled in")
    holds(len(text) < 4000, "%d characters of a stranger's" % len(text))


@test("nothing that a stranger writes into any field becomes a field, a word of ours, a statement or an endless text in our mails")
def injection():
    where, seen = Talk().group("health", "Υγεία", members=(ELENI,)), 0
    schema, before = where.rows("SELECT * FROM sqlite_schema"), kept(where)
    for fields, text, sender in part(list(attacks()), 4):
        where.later(HOUR + 1)
        fields = {**fields}
        subject = fields.pop("subject", "Θέμα")
        for to in ("diktyo", "health"):
            if to == "diktyo" and not text:
                text = "ΕΓΓΡΑΦΗ Υγεία"
            mail = letter(EVIL, subject, text, **{"To": to + "@" + DOMAIN, **fields})
            where.receive(mail, to, sender, words=["--now", str(where.now)], code=None)
    where.later(HOUR)
    where.deliver("--now", str(where.now))
    for file in sorted((where.folder / "mail").glob("*/new/*")):
        holds(file.parts[-3] in (EVIL, MARIA) or file.parts[-3].endswith("bad.example.org"), "a mail to %s" % file.parts[-3])
        inspect(file.read_bytes())
        seen += 1
    same((where.rows("SELECT * FROM sqlite_schema"), kept(where)), (schema, before))
    holds(seen > 60, "only %d notices were looked at" % seen)
    return "%d notices of %d of %d mails" % (seen, 2 * len(part(list(attacks()), 4)), 2 * len(list(attacks())))


@test("what an asked moderator or member writes beside his answer is a quote and nothing else")
def reasons():
    where = Talk().group("health", "Υγεία", members=(ELENI,))
    for evil in part(EVILS, 2):
        where.later(HOUR + 1)
        where.write(EVIL, "health", "Θέμα", evil)
        where.answer(only([mail for mail in where.inbox(MARIA) if "περιμένει" in read(mail)["Subject"]]), MARIA, "ΟΧΙ " + evil)
        where.write(EVIL, "diktyo", "ΕΓΓΡΑΦΗ Υγεία")
        for mail in where.inbox(EVIL) + where.inbox(MARIA):
            inspect(mail)
            if "[diktyo " in read(mail)["Subject"]:
                where.answer(mail, EVIL, "ναι, αλλά " + evil)
        for mail in where.inbox(EVIL):
            inspect(mail)


@test("no file outside of the instance is opened and no process is started for a hostile mail that is not for a good one")
def files():
    if not shutil.which("strace"):
        skip("there is no strace")
    where = Talk().group("health", "Υγεία", members=(ELENI,))
    opened = []
    for text, fields in (("ΕΓΓΡΑΦΗ Υγεία", {}), ("get ../../../../etc/passwd\ninfo ../../etc/shadow\njoin /etc/passwd `touch evil` $(id)\nlanguage ../../../../etc\nwho {{health}}",
                                                {"Subject": "../../../../etc/passwd", "From": '"../../etc/passwd" <..//etc/passwd@bad.example.org>'})):
        log = flow.work / "calls"
        done = subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", "trace=open,openat,openat2,execve,creat,unlink,rename,mkdir"]
                              + where.command("receive", "--now", where.now, "--", EVIL, ROBOT), input=letter(EVIL, "Θέμα", text, **fields), capture_output=True, check=False)
        if b"ptrace" in done.stderr:
            skip("strace may not trace here")
        same(done.returncode, 0, str(done.stderr))
        calls = set(re.findall(r'^\d+ +(\w+)\((?:AT_FDCWD, )?"([^"]*)"', log.read_text(), re.M))
        opened.append({(call, re.sub(r"[0-9]+", "N", path)) for call, path in calls})
        where.later(HOUR + 1)
    same(sorted(opened[1] - opened[0]), [])
    same(len([call for call, _ in opened[1] if call == "execve"]), 1)
    return "%d files" % len(opened[0])


flow.main()
