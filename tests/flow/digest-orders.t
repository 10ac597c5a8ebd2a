#!/usr/bin/env -S python3 -B
# What people say about their digests: how they want them, what they do not want to hear of, what cannot wait.
import base64
import hashlib
import hmac
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, ELENI, MARIA, NIKOS, STRANGER, holds, read, same, test, text_of
from talk import HOUR, ROBOT, Talk, only, reply_to

ELSEWHERE = "spiti@allou.example.org"  # an address that nobody here is known by
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


@test("a weekly digest is told of with its day, also when none is named")
def weekly():
    where = town()
    for words, day in (("ΣΥΝΟΨΗ ΕΒΔΟΜΑΔΙΑΙΑ", "Δευτέρα"), ("ΣΥΝΟΨΗ ΚΑΘΕ ΠΑΡΑΣΚΕΥΗ", "Παρασκευή"), ("ΣΥΝΟΨΗ ΕΒΔΟΜΑΔΙΑΙΑ", "Παρασκευή")):
        question = where.ask(ELENI, words)
        says(text_of(question), "μία φορά την εβδομάδα, ημέρα: " + day)
        where.answer(question, ELENI)
        says(where.told(ELENI), "μία φορά την εβδομάδα, ημέρα: " + day)


@test("a mistyped choice is answered with help, a no changes nothing, and who is not known here is told so")
def mistyped():
    before = choice(ELENI)
    says(text_of(site.ask(ELENI, "ΣΥΝΟΨΗ ΚΑΘΕ ΔΕΥΤΡΑ")), "ΣΥΝΟΨΗ HTML | ΚΕΙΜΕΝΟ")
    site.answer(site.ask(ELENI, "ΣΥΝΟΨΗ MIME"), ELENI, "ΟΧΙ")
    says(site.told(ELENI), "Ακυρώθηκε")
    same(choice(ELENI), before)
    says(site.agree(STRANGER, "ΣΥΝΟΨΗ MIME"), "δεν είναι γραμμένη")


@test("«ΣΥΝΟΨΗ» alone is answered at once with what holds for him, in words, and with examples")
def alone():
    says(text_of(site.ask(ELENI, "ΣΥΝΟΨΗ")), "Η σύνοψή σας", "με χρώματα και συνδέσμους", "μία φορά την ημέρα", "ώρα 7:00", "μία για όλες τις ομάδες", "τα επείγοντα έρχονται αμέσως",
         "Με σύνοψη: Περιβάλλον, Υγεία", "ΣΥΝΟΨΗ ΚΕΙΜΕΝΟ", "ΣΥΝΟΨΗ ΚΑΘΕ ΔΕΥΤΕΡΑ", "ΣΥΝΟΨΗ ΣΤΙΣ 18")
    says(text_of(site.ask(NIKOS, "digest")), "ΡΥΘΜΙΣΗ ομάδα ΣΥΝΟΨΗ")
    says(text_of(site.ask(STRANGER, "digest")), "δεν είναι γραμμένη")


@test("«ΣΥΝΟΨΗ ΟΧΙ» is asked back and ends his digests; he stays a member of his groups")
def no_more():
    before = site.member(ELENI)
    question = site.ask(ELENI, "ΣΥΝΟΨΗ ΟΧΙ")
    says(text_of(question), "Να μη σας έρχεται πια σύνοψη")
    same(site.member(ELENI), before)
    site.answer(question, ELENI)
    says(site.told(ELENI), "Δεν θα σας στέλνουμε άλλη σύνοψη")
    same(site.member(ELENI), {"environment": "none", "health": "none"})
    for group in before:
        site.run("member", "set", group, ELENI, "--delivery", before[group])


def asked_at(person):
    return site.rows("SELECT p.digest_asked FROM persons p JOIN addresses a ON a.person = p.id WHERE a.email = ?", person)[0][0]


@test("«ΣΥΝΟΨΗ ΤΩΡΑ» is noted at once, within the limits of answers, for nobody but who is known here")
def now():
    says(text_of(site.ask(ELENI, "ΣΥΝΟΨΗ ΤΩΡΑ")), "Δεν έχει μαζευτεί τίποτα")
    same(asked_at(ELENI), 0)
    site.receive(flow.letter(NIKOS, "Ώρες γραφείων"), words=["--now", str(site.now)])
    says(text_of(site.ask(ELENI, "ΣΥΝΟΨΗ ΤΩΡΑ")), "Η σύνοψή σας έρχεται μέσα σε λίγα λεπτά")
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
    for words in ("ΣΥΝΟΨΗ ΞΑΝΑ", "ΣΥΝΟΨΗ ΞΑΝΑ " + flow.time.strftime("%d/%m/%Y", flow.time.gmtime(day)),
                  "ΣΥΝΟΨΗ ΞΑΝΑ " + flow.time.strftime("%d/%m", flow.time.gmtime(day))):
        site.later(HOUR + 1)
        site.write(ELENI, "diktyo", words)
        mails = site.inbox(ELENI)
        same(len(mails), 2, "an answer, and the digest")
        holds(any(mail.split(b"\n\n", 1)[1] == first.split(b"\n\n", 1)[1] and read(mail)["Message-ID"] == read(first)["Message-ID"] for mail in mails), "the very same")
    says(text_of(site.ask(ELENI, "digest again 2020-01-01")), "Δεν βρήκαμε σύνοψη")
    says(text_of(site.ask(ELENI, "digest again 2030-01-01")), "Δεν βρήκαμε σύνοψη")
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


@test("a mail to the reply address of a post is a post of the group, and stands under that post; the copies name the group, and say what they answer")
def answers_one():
    first = post("Κάδοι στην πλατεία")
    answered = "<%s>" % site.rows("SELECT message_id FROM posts WHERE id = ?", first[0])[0][0]
    post("Άλλο θέμα")
    for address in ("environment-reply+%d", "Environment+Reply+%d"):
        site.inbox(NIKOS)
        number, thread, parent, group = post("Απ: Κάδοι", author=NIKOS, to=address % first[0], Cc="Άλλος <environment-reply+%d@%s>, x@dimos.example.gr" % (first[0], DOMAIN.upper()))
        same((thread, parent, group), (first[1], first[0], "environment"))
        copy = only([mail for mail in site.inbox(NIKOS)])
        same(read(copy)["To"], "environment@" + DOMAIN)
        holds("environment@%s>, x@dimos.example.gr" % DOMAIN in read(copy)["Cc"], read(copy)["Cc"])
        holds(b"reply+" not in copy, copy.decode())
        same(read(copy)["In-Reply-To"], answered)


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
    same(read(site.inbox(NIKOS)[-1])["In-Reply-To"], "<%s>" % site.rows("SELECT message_id FROM posts WHERE id = ?", first[0])[0][0])


# --- muting ------------------------------------------------------------------------------------------------------------

def person_of(address, where=None):
    return (where or site).rows("SELECT person FROM addresses WHERE email = ?", address)[0][0]


def key_of(address, where=None):
    """What base/token.h says of keys, made from the instance's secret."""
    where = where or site
    secret = where.rows("SELECT value FROM instance WHERE name = 'secret'")[0][0]
    number = person_of(address, where).to_bytes(8, "big")
    mac = hmac.new(secret, b"reader\0" + number, hashlib.sha256).digest()[:8]
    return base64.b32encode(mac + number.lstrip(b"\0")).decode().rstrip("=").lower()


def mutes(address):
    return [thread for thread, in site.rows("SELECT thread FROM mutes WHERE person = ? ORDER BY 1", person_of(address))]


def copies(post, address):
    return [state for state, in site.rows("SELECT state FROM deliveries WHERE post = ? AND person = ? ORDER BY id", post, person_of(address))]


def answer_to(parent, author=NIKOS, text="Συμφωνώ.\n"):
    return post("Απ: συζήτηση", author=author, to="environment-reply+%d" % parent[0], text=text)


@test("the mute address of a thread mutes it for the reader at once, from whatever program; the answer's reply address undoes it")
def by_key():
    root = post("Κουνούπια στο ρέμα")
    same(copies(root[0], ELENI), ["gathering"])
    site.inbox(ELENI)
    site.inbox(STRANGER)
    site.later(HOUR)
    site.write(STRANGER, "diktyo-mute+%d-%s" % (root[1], key_of(ELENI)), "", "")
    same((mutes(ELENI), copies(root[0], ELENI)), ([root[1]], ["cancelled"]))
    told = only(site.inbox(ELENI))
    same(site.inbox(STRANGER), [])
    says(text_of(told), "«Κουνούπια στο ρέμα»", "Απάντηση")
    same(reply_to(told), "diktyo-unmute+%d-%s@%s" % (root[1], key_of(ELENI), DOMAIN))
    site.write(ELENI, "diktyo-mute+%d-%s" % (root[1], key_of(ELENI).upper()), "", "")
    same((site.inbox(ELENI), mutes(ELENI)), ([], [root[1]]), "said once an hour")
    same(copies(answer_to(root)[0], ELENI), [])
    site.answer(told, ELENI)
    says(site.told(ELENI), "«Κουνούπια στο ρέμα» θα σας έρχεται πάλι")
    same((mutes(ELENI), copies(answer_to(root)[0], ELENI)), ([], ["gathering"]))
    says(str(ledger(ELENI)), "'muted'", "'unmuted'")


@test("with another person's mail to a key that stood in a digest nothing changes: its reader is asked, and he alone")
def anothers_key():
    root = post("Σκουπίδια στην παραλία")
    for address in (ELENI, NIKOS):
        site.inbox(address)
    site.later(HOUR + 1)
    before = site.member(ELENI)
    site.write(NIKOS, "diktyo-mute+%d-%s" % (root[1], key_of(ELENI)), "", "")
    same((mutes(ELENI), site.inbox(NIKOS)), ([], []))
    told = only(site.inbox(ELENI))
    says(text_of(told), "Κάποιος, ελπίζουμε εσείς", str(root[0]))
    site.answer(told, ELENI)
    same(mutes(ELENI), [root[1]], "she wanted it")
    site.inbox(ELENI)
    site.write(NIKOS, "diktyo-nodigest+" + key_of(ELENI), "unsubscribe", "")
    same((site.member(ELENI), site.inbox(NIKOS)), (before, []))
    says(text_of(only(site.inbox(ELENI))), "Κάποιος, ελπίζουμε εσείς")
    site.write(NIKOS, "diktyo-unmute+%d-%s" % (root[1], key_of(ELENI)), "", "")
    site.answer(only(site.inbox(ELENI)), ELENI)
    same(mutes(ELENI), [])


@test("what another person writes to a reader's key, too often to ask about, is kept for a person to see")
def anothers_many():
    where = town()
    for number in range(30):
        where.receive(flow.letter(NIKOS, "Θέμα %d" % number), words=["--now", str(where.now)])
    threads = [thread for thread, in where.rows("SELECT DISTINCT thread FROM posts")]
    for thread in threads:
        where.write(NIKOS, "diktyo-mute+%d-%s" % (thread, key_of(ELENI, where)))
    asked = len([mail for mail in where.inbox(ELENI) if "Κάποιος, ελπίζουμε εσείς" in text_of(mail)])
    held = where.count("held", "reason = 'too-much'")
    holds(asked >= 1 and held >= 1 and asked + held == len(threads), "%d asked about, %d held of %d" % (asked, held, len(threads)))


PDF = """--b
Content-Type: text/plain; charset=utf-8

Τα πρακτικά συνημμένα.

--b
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''%CE%A0%CF%81%CE%B1%CE%BA%CF%84%CE%B9%CE%BA%CE%AC.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--b--
"""


@test("what is attached to a post comes with the whole of it to the reader who sends the digest's own order, and to no other")
def attached():
    number = post("Πρακτικά", text=PDF, Content_Type='multipart/mixed; boundary="b"')[0]
    site.later(48 * HOUR)  # on one local day there are never two
    site.inbox(ELENI)
    site.run("digest", "--due", "--now", str(site.now))
    digest = site.inbox(ELENI)[-1]
    says(text_of(digest), "Πρακτικά.pdf", "στείλτε ΜΗΝΥΜΑ %d στη διεύθυνση diktyo@%s" % (number, DOMAIN))
    html = read(digest).get_body(("html",)).get_content()
    says(html, 'href="mailto:diktyo@%s?subject=%%CE%%9C%%CE%%97%%CE%%9D%%CE%%A5%%CE%%9C%%CE%%91%%20%d"' % (DOMAIN, number))
    site.write(ELENI, "diktyo", "ΜΗΝΥΜΑ %d" % number, "")
    mails = site.inbox(ELENI)
    same(len(mails), 2)
    whole = only([mail for mail in mails if read(mail)["List-Post"]])
    same([part.get_content() for part in read(whole).iter_attachments()], [b"%PDF-1.4\n"])
    says(text_of(only([mail for mail in mails if mail is not whole])), "Τα πρακτικά συνημμένα", "με ολόκληρο το μήνυμα")
    same(len([row for row in site.json("trace", number)[0]["recipients"] if row["address"] == ELENI]), 1, "trace tells of it once")
    site.later(HOUR + 1)
    site.write(ELSEWHERE, "diktyo", "ΜΗΝΥΜΑ %d" % number, "")
    says(text_of(only(site.inbox(ELSEWHERE))), "Δεν βρήκαμε μήνυμα")
    plain = post("Χωρίς συνημμένα")[0]
    site.inbox(ELENI)
    site.write(ELENI, "diktyo", "ΜΗΝΥΜΑ %d" % plain, "")
    same(len(site.inbox(ELENI)), 1, "nothing is attached: the text is all of it")


@test("who presses Reply in a digest reaches the robot, which says how to answer a thread; an order in such a mail is an order")
def answered_digest():
    post("Νέα πλατεία")
    site.later(48 * HOUR)  # on one local day there are never two
    site.inbox(ELENI)
    site.run("digest", "--due", "--now", str(site.now))
    digest = site.inbox(ELENI)[-1]
    same(reply_to(digest), "diktyo@" + DOMAIN)
    holds(read(digest)["Message-ID"].startswith("<digest."), read(digest)["Message-ID"])
    before = site.count("posts")
    site.answer(digest, ELENI, "Κι εμείς θέλουμε πέντε κάδους.\n")
    told = text_of(only(site.inbox(ELENI)))
    says(told, "δεν στάλθηκε σε κανέναν", "«Απάντηση στη συζήτηση»")
    holds("Δεν κατάλαβα" not in told, told)
    same(site.count("posts"), before)
    site.later(HOUR + 1)
    site.answer(digest, ELENI, "ΣΥΝΟΨΗ ΕΒΔΟΜΑΔΙΑΙΑ\n")
    says(text_of(only(site.inbox(ELENI))), "Κάποιος, ελπίζουμε εσείς")


@test("a key that is not ours, of another person or of a thread that is not his changes nothing")
def wrong_keys():
    site.run("group", "add", "council", "--title", "Συμβούλιο", "--owner", MARIA)
    hidden = post("Απόρρητο", "council", MARIA)
    before = site.count("mutes")
    for argument in ("%d-aaaaaaaaaaaaaaaaa" % hidden[1], key_of(ELENI), "-" + key_of(ELENI), "x-" + key_of(ELENI), "%d-%s" % (hidden[1], key_of(ELENI)[:-1]),
                     "%d-%s" % (hidden[1], key_of(ELENI)), "999999-%s" % key_of(ELENI)):
        site.later(HOUR + 1)
        site.write(NIKOS, "diktyo-mute+" + argument)
        for mail in site.inbox(ELENI) + site.inbox(NIKOS):
            holds("Απόρρητο" not in text_of(mail), "the subject of a thread that he may not read")
    same(site.count("mutes"), before)


@test("a muted thread brings nothing, each mail or digest, and trace says why; whoever writes in it hears it again")
def muted():
    root = post("Πάρκο")
    site.run("member", "mute", NIKOS, root[0])
    site.agree(ELENI, "ΣΙΓΑΣΗ %d" % root[0])
    same((mutes(NIKOS), mutes(ELENI)), ([root[1]], [root[1]]))
    says(text_of(site.ask(ELENI, "ΣΤΟΙΧΕΙΑ")), "Σε σίγαση", "%d. Πάρκο (environment)" % root[0])
    same(site.json("digest", "show", NIKOS)["muted"], str(root[0]))
    second = answer_to(root, MARIA)
    same((copies(second[0], NIKOS), copies(second[0], ELENI), copies(second[0], MARIA)), ([], [], ["waiting"]))
    told = site.json("trace", second[0])[0]
    same(told["counts"]["muted"], 2)
    same({row["address"] for row in told["recipients"] if row["says"] == "muted this thread"}, {NIKOS, ELENI})
    says(site.run("trace", second[0]).stdout.decode(), "muted this thread")
    says(text_of(site.ask(MARIA, "ΑΠΟΣΤΟΛΗ %d" % second[0])), "έχουν σιωπήσει τη συζήτηση: 2")
    third = answer_to(root, NIKOS)
    same((copies(third[0], NIKOS), mutes(NIKOS)), (["waiting"], []))
    says(site.agree(ELENI, "unmute %d" % root[0]), "θα σας έρχεται πάλι")
    same(mutes(ELENI), [])
    site.run("member", "unmute", NIKOS, root[0])
    says(site.agree(ELENI, "ΣΙΓΑΣΗ 99999"), "Δεν βρήκαμε μήνυμα με αριθμό 99999")
    says(site.run("member", "mute", NIKOS, "x", code=64).stderr.decode(), "“x” is no number of a post")


@test("a letter to two groups still comes through the one whose thread is not muted")
def other_group():
    site.later(HOUR)
    both = flow.letter(NIKOS, "Και στις δύο")
    for group in ("environment", "health"):
        site.receive(both, group, words=["--now", str(site.now)])
    first, second = [number for number, in site.rows("SELECT id FROM posts ORDER BY id DESC LIMIT 2")][::-1]
    same((copies(first, ELENI), copies(second, ELENI)), (["gathering"], ["covered"]))
    site.run("member", "mute", ELENI, first)
    same((copies(first, ELENI), copies(second, ELENI)), (["cancelled"], ["gathering"]))


@test("who muted half of a talk has muted all of it when the missing mail joins the halves")
def merged():
    parent = flow.letter(NIKOS, "Ρίζα")
    name = flow.message_id(parent)
    one, two = post("Απ: Ρίζα", References="<a@x.example> <%s>" % name), post("Απ: Ρίζα 2", References="<b@x.example>")
    site.run("member", "mute", ELENI, two[0])
    late = flow.letter(NIKOS, "Κόμβος", Message_ID="<b@x.example>", References="<%s>" % name)
    site.receive(late, words=["--now", str(site.now)])
    thread = site.rows("SELECT thread FROM posts WHERE id = ?", two[0])[0][0]
    same((thread, one[1] in mutes(ELENI), two[1] in mutes(ELENI)), (one[1], True, False))


# --- urgent ------------------------------------------------------------------------------------------------------------

@test("an urgent post of who runs the group goes at once to readers of digests who want it, once, and is in no digest of theirs")
def urgent():
    site.run("member", "add", "environment", STRANGER, "--delivery", "digest")
    site.run("digest", "set", STRANGER, "--urgent", "no")
    for number, fields in enumerate(({}, {"Importance": "high", "subject": "Διακοπή νερού"}, {"X_Priority": "1 (Highest)", "subject": "Διακοπή ρεύματος"},
                                     {"subject": "[URGENT] Boil water"})):
        site.inbox(ELENI)
        subject = fields.pop("subject", "ΕΠΕΙΓΟΝ: Πυρκαγιά στο δάσος")
        number = post(subject, author=MARIA, **fields)[0]
        same((copies(number, ELENI), copies(number, STRANGER), copies(number, NIKOS)), (["waiting"], ["gathering"], ["waiting"]), subject)
        same(site.rows("SELECT urgent FROM posts WHERE id = ?", number), [(1,)])
        same(read(only(site.inbox(ELENI)))["Subject"], subject)
    site.later(HOUR * 30)
    site.run("digest", "--due", "--now", str(site.now))
    digests = "".join(text_of(mail) for mail in site.inbox(ELENI))
    holds("Πυρκαγιά στο δάσος" not in digests, digests)
    holds(any("Πυρκαγιά στο δάσος" in text_of(mail) for mail in site.inbox(STRANGER)), "who does not want it at once has it in the digest")


@test("the word of a member, and of an answer, makes nothing urgent")
def not_urgent():
    for author, subject, fields in ((NIKOS, "ΕΠΕΙΓΟΝ: δείτε το", {}), (NIKOS, "Δείτε", {"Importance": "high"}), (MARIA, "Απ: ΕΠΕΙΓΟΝ: δείτε το", {}), (MARIA, "Επειγόντως", {}),
                                    (MARIA, "Δείτε το", {"X_Priority": "3", "Importance": "normal"})):
        number = post(subject, author=author, text="Άλλο κάθε φορά: %s %s\n" % (subject, author), **fields)[0]
        same((copies(number, ELENI), site.rows("SELECT urgent FROM posts WHERE id = ?", number)), (["gathering"], [(0,)]), subject)


@test("a post is made urgent afterwards by who runs its group, by mail or command: what still gathers of it goes, once")
def urgent_later():
    first, second = post("Σεισμός"), post("Πλημμύρα")
    says(site.agree(NIKOS, "ΕΠΕΙΓΟΝ %d" % first[0]), "μόνο οι υπεύθυνοι")
    same(copies(first[0], ELENI), ["gathering"])
    site.inbox(ELENI)
    says(site.agree(MARIA, "ΕΠΕΙΓΟΝ %d" % first[0]), "στάλθηκε αμέσως")
    says(site.run("digest", "urgent", second[0], "--now", str(site.now)).stdout.decode(), "one reader of digests gets it now")
    says(site.run("digest", "urgent", second[0], "--now", str(site.now)).stdout.decode(), "0 readers of digests get it now")
    same(sorted(str(read(mail)["Subject"]) for mail in site.inbox(ELENI)), ["Πλημμύρα", "Σεισμός"])
    same(copies(first[0], STRANGER), ["gathering"])
    site.later(HOUR * 30)
    site.run("digest", "--due", "--now", str(site.now))
    for mail in site.inbox(ELENI):
        holds("Σεισμός" not in text_of(mail), text_of(mail))
    site.run("digest", "urgent", "99999", code=1)
    says(site.agree(MARIA, "urgent 99999"), "Δεν βρήκαμε μήνυμα")


@test("a letter that gathers through one group comes at once when it is urgent in another, and only then")
def urgent_in_one():
    site.run("member", "set", "health", MARIA, "--role", "member")
    site.run("group", "add", "civil", "--title", "Πολιτική προστασία", "--owner", MARIA)
    site.run("member", "add", "civil", ELENI, "--delivery", "digest")
    site.later(HOUR)
    both = flow.letter(MARIA, "ΕΠΕΙΓΟΝ: Καύσωνας", "Μείνετε μέσα.\n")
    for group in ("health", "civil"):
        site.receive(both, group, MARIA, words=["--now", str(site.now)])
    first, second = [number for number, in site.rows("SELECT id FROM posts ORDER BY id DESC LIMIT 2")][::-1]
    same((copies(first, ELENI), copies(second, ELENI)), (["covered"], ["waiting"]))


# --- leaving the digest --------------------------------------------------------------------------------------------------

@test("the digest's own way out ends all digests at once and says so; a reply brings back what ended, and nothing else")
def no_digest():
    site.run("member", "set", "health", ELENI, "--delivery", "each")
    before = site.member(ELENI)
    site.later(HOUR + 1)
    site.inbox(ELENI)
    site.write(ELSEWHERE, "diktyo-nodigest+" + key_of(ELENI), "unsubscribe", "")
    same(site.member(ELENI), {"civil": "none", "environment": "none", "health": "each"})
    told = only(site.inbox(ELENI))
    says(text_of(told), "Δεν θα σας στέλνουμε άλλη σύνοψη", "«Περιβάλλον»: με τη σύνοψη", "Απάντηση")
    site.answer(told, ELENI)
    same(site.member(ELENI), before)
    site.inbox(ELENI)
    site.write(STRANGER, "diktyo-nodigest+aaaaaaaaaaaaaaaaa", "unsubscribe", "")
    same((site.member(ELENI), site.inbox(ELENI)), (before, []))
    site.later(HOUR + 1)
    site.inbox(NIKOS)
    site.write(NIKOS, "diktyo-mute+1-aaaaaaaaaaaaaaaaa", "Σίγαση συζήτησης", "Στείλτε το ως έχει: η συζήτηση δεν θα ξανάρθει στη σύνοψή σας.\n")
    told = text_of(only(site.inbox(NIKOS)))
    says(told, "Ο σύνδεσμος δεν ισχύει πια", "ΣΙΓΑΣΗ αριθμός")
    holds("Δεν κατάλαβα" not in told, told)


@test("who is forgotten leaves no mute behind, and his key opens nothing")
def forgotten():
    root = post("Αρχείο")
    key = key_of(ELENI)
    site.run("member", "mute", ELENI, root[0])
    person = person_of(ELENI)
    says(site.run("member", "erase", ELENI, "--yes").stdout.decode(), "forgotten")
    same(site.rows("SELECT count(*) FROM mutes WHERE person = ?", person), [(0,)])
    site.later(HOUR + 1)
    site.write(STRANGER, "diktyo-mute+%d-%s" % (root[1], key), "", "")
    same(site.rows("SELECT count(*) FROM mutes WHERE person = ?", person), [(0,)])


flow.main()
