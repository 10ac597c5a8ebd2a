#!/usr/bin/env -S python3 -B
# What people say about their digests: how they want them, what they do not want to hear of, what cannot wait.
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, ELENI, MARIA, NIKOS, STRANGER, holds, read, same, test, text_of
from talk import HOUR, ROBOT, Talk, only, reply_to

CHOICES = "digest_format, digest_cadence, digest_weekday, digest_hour, digest_zone, digest_separate, digest_bytes, digest_urgent"


def town():
    made = Talk()
    made.group("environment", "Περιβάλλον", members=(NIKOS, ELENI))
    made.group("health", "Υγεία", members=(NIKOS, ELENI))
    for group in ("environment", "health"):
        made.run("member", "set", group, ELENI, "--delivery", "digest")
    return made


site = town()


def choice(person, where=None):
    return (where or site).rows("SELECT %s FROM persons p JOIN addresses a ON a.person = p.id WHERE a.email = ?" % CHOICES, person)[0]


def says(text, *words):
    for word in words:
        holds(word in text, "%s is not in\n%s" % (word, text))


def ledger(person):
    return [line["what"] for line in site.json("member", "show", person)["ledger"]]


@test("an operator chooses how a person has the digest, and what he does not name stays")
def by_command():
    same(choice(ELENI), ("html", "daily", 1, -1, "", 0, 0, 1))
    site.run("digest", "set", ELENI, "--format", "text", "--cadence", "weekly", "--weekday", "friday", "--hour", "7", "--zone", "Europe/Athens", "--separate", "yes",
             "--largest", "500", "--urgent", "no")
    same(choice(ELENI), ("text", "weekly", 5, 7, "Europe/Athens", 1, 500000, 0))
    shown = site.json("digest", "show", ELENI)
    same((shown["format"], shown["cadence"], shown["weekday"], shown["largest_kb"]), ("text", "weekly", "friday", 500))
    says(site.run("digest", "set", ELENI, "--format", "mime").stdout.decode(), "mime", "friday", "500")
    same(choice(ELENI), ("mime", "weekly", 5, 7, "Europe/Athens", 1, 500000, 0))
    site.run("digest", "set", ELENI, "--format", "html", "--cadence", "daily", "--weekday", "monday", "--hour", "-1", "--zone", "", "--separate", "no", "--largest", "0", "--urgent", "yes")
    same(choice(ELENI), ("html", "daily", 1, -1, "", 0, 0, 1))
    holds("digest-chosen" in ledger(ELENI), ledger(ELENI))


@test("a choice that cannot be is refused with its name and what is wrong, and nothing changes")
def bad_choices():
    before = site.all_rows()
    for words, wrong in ((("--format", "pdf"), "--format: “pdf” is not one of html, text"), (("--hour", "24"), "--hour: “24”"), (("--weekday", "someday"), "--weekday"),
                         (("--zone", "Europe/Atlantis"), "--zone: there is no time zone “Europe/Atlantis”"), (("--largest", "5"), "--largest: at least 20"),
                         (("--largest", "90000"), "--largest: “90000”"), ((), "what shall change?")):
        says(site.run("digest", "set", ELENI, *words, code=64).stderr.decode(), wrong)
    says(site.run("digest", "set", STRANGER, "--hour", "7", code=1).stderr.decode(), STRANGER)
    says(site.run("digest", "shw", ELENI, code=64).stderr.decode(), "did you mean “digest show”?")
    says(site.run("digest", code=64).stderr.decode(), "--due")
    same(site.all_rows(), before)


# --- choices by mail -------------------------------------------------------------------------------------------------

@test("digest choices are made by mail in Greek and English: they are asked back, done after a yes, and told in words")
def by_mail():
    question = site.ask(ELENI, "", "Καλημέρα σας,\n\nΣΥΝΟΨΗ ΚΕΙΜΕΝΟ\nΣΥΝΟΨΗ ΚΑΘΕ ΔΕΥΤΕΡΑ\nσύνοψη στις 6 το απόγευμα\nΣΥΝΟΨΗ ΑΝΑ ΟΜΑΔΑ\nΣΥΝΟΨΗ ΜΕΓΕΘΟΣ 500\nΣΥΝΟΨΗ ΕΠΕΙΓΟΝΤΑ ΟΧΙ\n\nΜε εκτίμηση\nΕλένη\n")
    same(choice(ELENI), ("html", "daily", 1, -1, "", 0, 0, 1), "nothing changes before the answer")
    says(text_of(question), "Η σύνοψη: ως απλό κείμενο", "ημέρα: Δευτέρα", "ώρα 18:00", "χωριστή για κάθε ομάδα", "έως 500 κιλομπάιτ", "και τα επείγοντα περιμένουν")
    site.answer(question, ELENI)
    says(site.told(ELENI), "Η σύνοψή σας από εδώ και πέρα: ως απλό κείμενο.", "ημέρα: Δευτέρα")
    same(choice(ELENI), ("text", "weekly", 1, 18, "", 1, 500000, 0))
    site.agree(ELENI, "", "digest html\ndigest daily\ndigest at 7\ndigest combined\ndigest size 0\ndigest urgent yes\n")
    same(choice(ELENI), ("html", "daily", 1, 7, "", 0, 0, 1))
    same(site.member(ELENI), {"environment": "digest", "health": "digest"})
    says(str(ledger(ELENI)), "digest-chosen")


@test("a mistyped choice is answered with help, a no changes nothing, and who is not known here is told so")
def mistyped():
    before = choice(ELENI)
    says(text_of(site.ask(ELENI, "ΣΥΝΟΨΗ ΚΑΘΕ ΔΕΥΤΡΑ")), "ΣΥΝΟΨΗ HTML | ΚΕΙΜΕΝΟ")
    site.answer(site.ask(ELENI, "ΣΥΝΟΨΗ MIME"), ELENI, "ΟΧΙ")
    says(site.told(ELENI), "Ακυρώθηκε")
    same(choice(ELENI), before)
    says(site.agree(STRANGER, "ΣΥΝΟΨΗ MIME"), "δεν είναι γραμμένη")


def asked_at(person):
    return site.rows("SELECT p.digest_asked FROM persons p JOIN addresses a ON a.person = p.id WHERE a.email = ?", person)[0][0]


@test("«ΣΥΝΟΨΗ ΤΩΡΑ» is noted at once, within the limits of answers, for nobody but who is known here")
def now():
    says(text_of(site.ask(ELENI, "ΣΥΝΟΨΗ ΤΩΡΑ")), "Η σύνοψή σας έρχεται αμέσως")
    same(asked_at(ELENI), site.now)
    site.write(ELENI, "diktyo", "ΣΥΝΟΨΗ ΤΩΡΑ")
    same((site.inbox(ELENI), asked_at(ELENI)), ([], site.now), "once an hour")
    before = site.count("persons", "digest_asked > 0")
    says(text_of(site.ask(STRANGER, "digest now")), "δεν είναι γραμμένη")
    same(site.count("persons", "digest_asked > 0"), before)


@test("«ΣΥΝΟΨΗ ΞΑΝΑ» sends the last digest again exactly as it was, or that of a day, and only to its reader")
def again():
    site.later(HOUR * 24)
    site.receive(flow.letter(NIKOS, "Ανακύκλωση στα σχολεία"), words=["--now", str(site.now)])
    site.later(HOUR * 24)
    site.run("digest", "--due", "--now", str(site.now))
    first = only([mail for mail in site.inbox(ELENI) if read(mail)["Auto-Submitted"] == "auto-generated" and "Ανακύκλωση" in text_of(mail)])
    day = site.now
    for words in ("ΣΥΝΟΨΗ ΞΑΝΑ", "ΣΥΝΟΨΗ ΞΑΝΑ " + flow.time.strftime("%d/%m/%Y", flow.time.gmtime(day))):
        site.later(HOUR + 1)
        site.write(ELENI, "diktyo", words)
        mails = site.inbox(ELENI)
        same(len(mails), 2, "an answer, and the digest")
        holds(any(mail.split(b"\n\n", 1)[1] == first.split(b"\n\n", 1)[1] and read(mail)["Message-ID"] == read(first)["Message-ID"] for mail in mails), "the very same")
    says(text_of(site.ask(ELENI, "digest again 2020-01-01")), "Δεν βρήκαμε σύνοψη")
    says(text_of(site.ask(NIKOS, "digest again")), "Δεν βρήκαμε σύνοψη")
    post = site.rows("SELECT max(id) FROM posts")[0][0]
    same(len([row for row in site.json("trace", post)[0]["recipients"] if row["address"] == ELENI]), 1, "trace tells of it once")


# --- answers to one post of a digest -----------------------------------------------------------------------------------

def newest():
    """(number, thread, parent, group) of the last post."""
    return site.rows("SELECT p.id, p.thread, p.parent, g.name FROM posts p JOIN groups g ON g.id = p.group_id ORDER BY p.id DESC LIMIT 1")[0]


def post(subject, group="environment", author=NIKOS, to=None, text="Καλημέρα.\n", **fields):
    site.later(HOUR)
    site.write(author, to or group, subject, text + subject + "\n", **fields)
    return newest()


@test("a mail to the reply address of a post is a post of the group, and stands under that post; the copies name the group")
def answers_one():
    first = post("Κάδοι στην πλατεία")
    post("Άλλο θέμα")
    for address in ("environment-reply+%d", "Environment+Reply+%d"):
        site.inbox(NIKOS)
        number, thread, parent, group = post("Απ: Κάδοι", author=NIKOS, to=address % first[0], Cc="Άλλος <environment-reply+%d@%s>, x@dimos.example.gr" % (first[0], DOMAIN.upper()))
        same((thread, parent, group), (first[1], first[0], "environment"))
        copy = only([mail for mail in site.inbox(NIKOS)])
        same(read(copy)["To"], "environment@" + DOMAIN)
        holds("environment@%s>, x@dimos.example.gr" % DOMAIN in read(copy)["Cc"], read(copy)["Cc"])
        holds(b"reply+" not in copy, copy.decode())


@test("a reference to a known post says more than the address; a number of another group, of none, or none makes just a post")
def answers_wrongly():
    first, other, elsewhere = post("Ένα"), post("Δύο"), post("Τρία", "health")
    mail = site.rows("SELECT message_id FROM posts WHERE id = ?", other[0])[0][0]
    same(post("Απ: Δύο", to="environment-reply+%d" % first[0], In_Reply_To="<%s>" % mail)[1:3], (other[1], other[0]))
    same(post("Απ: Ένα", to="environment-reply+%d" % first[0], In_Reply_To="<not-known@example.org>")[1:3], (first[1], first[0]))
    for end in ("+%d" % elsewhere[0], "+999999", "+0", "+abc", ""):
        number, thread, parent, group = post("Μόνο του" + end, to="environment-reply" + end)
        same((thread, parent, group), (number, None, "environment"), end)
    site.run("group", "add", "a-reply", "--title", "x", code=1)


@test("who may not post to the group may not by its reply address; let in later, his mail still stands under that post")
def held_answer():
    first = post("Ερώτηση προς όλους")
    before = site.count("posts")
    site.write(STRANGER, "environment-reply+%d" % first[0], "Απ: Ερώτηση", "Να μία απάντηση.\n")
    same((site.count("posts"), len(site.held())), (before, 1))
    site.run("held", "accept", site.rows("SELECT max(id) FROM held")[0][0])
    same(newest()[1:], (first[1], first[0], "environment"))


flow.main()
