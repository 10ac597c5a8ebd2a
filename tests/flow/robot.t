#!/usr/bin/env -S python3 -B
# The life of a member and of a held post by mail: nobody here types a command of the program but to make the groups.
import json
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, ELENI, MARIA, NIKOS, STRANGER, holds, read, same, test, text_of
from talk import DAY, HOUR, ROBOT, Talk, only, reply_to, token_of

GROUPS = {"environment": "Περιβάλλον", "health": "Υγεία", "koinoniki-politiki": "Κοινωνική πολιτική"}
ANNA, KOSTAS, SOFIA = "anna@dimos-veria.example.gr", "kostas@dimos-xanthi.example.gr", "sofia@dimos-trikala.example.gr"
flow.NAMES.update({ANNA: "Άννα Δήμου", KOSTAS: "Κώστας Ράπτης", SOFIA: "Σοφία Λάμπρου"})


def town():
    made = Talk()
    for name, title in GROUPS.items():
        made.group(name, title, members=(ELENI,))
    return made


site = town()


def outlook(text):
    """Quoted as Outlook does it: without any mark before the lines."""
    return "\n\n%s\nΑπό: Ομάδες δήμων <%s>\nΣτάλθηκε: Δευτέρα, 23 Νοεμβρίου 2026 9:00\nΠρος: Ομάδες δήμων\nΘέμα: Ειδοποίηση\n\n%s" % ("_" * 32, ROBOT, text)


def says(text, *words):
    for word in words:
        holds(word in text, "%s is not in\n%s" % (word, text))


def unchanged(where, function):
    tables = ("persons", "addresses", "memberships", "posts", "groups", "allowed", "erased")
    before = {table: where.all_rows()[table] for table in tables}
    function()
    same({table: where.all_rows()[table] for table in tables}, before)


# --- joining ---------------------------------------------------------------------------------------------------------

@test("three groups are asked for in one Greek mail, one question comes, and an empty answer joins all three")
def join_three():
    question = site.ask(NIKOS, "", "Καλημέρα σας,\n\nΕΓΓΡΑΦΗ Περιβάλλον, Υγεία, «Κοινωνική πολιτική»\n\nΜε εκτίμηση\nΝίκος Παππάς\n")
    same(site.member(NIKOS), {})
    says(text_of(question), *("Εγγραφή στην ομάδα «%s»" % title for title in GROUPS.values()), "7 ημέρες")
    token = token_of(question)
    same(reply_to(question), "diktyo-confirm+%s@%s" % (token, DOMAIN))
    holds("[diktyo %s]" % token in read(question)["Subject"], "the token is not in %s" % read(question)["Subject"])
    holds(question.startswith(b"Return-Path: <>\n") and "auto" in read(question)["Auto-Submitted"], "a question is sent by nobody and says that it is automatic")
    site.answer(question, NIKOS)
    says(site.told(NIKOS), *("Είστε πλέον μέλος της ομάδας «%s»." % title for title in GROUPS.values()))
    same(site.member(NIKOS), dict.fromkeys(GROUPS, "each"))


@test("a token counts once: answered again, nothing changes")
def used_token():
    question = site.ask(ANNA, "ΕΓΓΡΑΦΗ Υγεία")
    site.answer(question, ANNA)
    site.inbox(ANNA)
    site.agree(ANNA, "ΑΠΟΧΩΡΗΣΗ Υγεία")
    unchanged(site, lambda: site.answer(question, ANNA, "ναι"))
    says(site.told(ANNA), "έχει ήδη απαντηθεί")
    unchanged(site, lambda: site.answer(question, ANNA, "ναι παρακαλώ"))
    same(site.inbox(ANNA), [], "that is said once")


@test("«ΟΧΙ, δεν το ζήτησα εγώ» cancels, and a later yes does not bring it back")
def refuses():
    question = site.ask(KOSTAS, "ΕΓΓΡΑΦΗ Υγεία")

    def answers():
        site.answer(question, KOSTAS, "ΟΧΙ, δεν το ζήτησα εγώ")
        says(site.told(KOSTAS), "Ακυρώθηκε")
        site.answer(question, KOSTAS, "ναι")
    unchanged(site, answers)


@test("an automatic answer, a read receipt, an out-of-office note and a mail from nobody do nothing")
def machines():
    question = site.ask(KOSTAS, "ΕΓΓΡΑΦΗ Υγεία")
    receipt = {"Content-Type": 'multipart/report; report-type=disposition-notification; boundary="b"'}
    ways = ({"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X_Auto_Response_Suppress": "All"}, {"sender": ""}, {"X_Autoreply": "yes"}, {"List_Id": "<a.b.example>"},
            {"prefix": "Αυτόματη απάντηση: "}, {"prefix": "Εκτός γραφείου: "}, {"prefix": "Out of Office: "}, {"prefix": "Automatic reply: "})

    def answers():
        for way in ways:
            site.answer(question, KOSTAS, "", **way)
            same(site.inbox(KOSTAS), [], str(way))
        report = ("--b\nContent-Type: text/plain; charset=utf-8\n\nΤο μήνυμα διαβάστηκε.\n--b\nContent-Type: message/disposition-notification\n\n"
                  "Disposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n")
        site.answer(question, KOSTAS, report, quote="", prefix="Διαβάστηκε: ", **receipt)
        same(site.inbox(KOSTAS), [])
    unchanged(site, answers)
    site.answer(question, KOSTAS)
    same(site.member(KOSTAS), {"health": "each"}, "the question still stands")


@test("a doubt is asked again, three times at most, and the question asked again can be answered like the first")
def doubts():
    question = site.ask(SOFIA, "ΕΓΓΡΑΦΗ Υγεία")
    for _ in range(2):
        site.answer(question, SOFIA, "Ναι, αλλά όχι ακόμη")
        question = only(site.inbox(SOFIA))
        says(text_of(question), "Ναι, αλλά όχι ακόμη", "Εγγραφή στην ομάδα «Υγεία»", "ΝΑΙ")
    site.answer(question, SOFIA, "Ναι, αλλά όχι ακόμη")
    says(text_of(only(site.inbox(SOFIA))), "δεν άλλαξε τίποτα. Θα τη δει άνθρωπος")
    site.answer(question, SOFIA, "Ναι, αλλά όχι ακόμη")
    same((site.inbox(SOFIA), site.member(SOFIA)), ([], {}), "said once")
    site.answer(question, SOFIA, "Ναι")
    same(site.member(SOFIA), {"health": "each"})
    site.agree(SOFIA, "ΑΠΟΧΩΡΗΣΗ Υγεία")


@test("the token is found in the Subject alone, and in the address alone; also after a doubt")
def half_a_token():
    for group, how in (("health", {"to": "diktyo"}), ("environment", {"subject": "ΑΠ:"}), ("koinoniki-politiki", {"to": "health-request"})):
        question = site.ask(SOFIA, "ΕΓΓΡΑΦΗ " + group)
        site.answer(question, SOFIA, **how)
        same(site.member(SOFIA, group), "each", str(how))
        site.inbox(SOFIA)
    question = site.ask(SOFIA, "ΑΠΟΧΩΡΗΣΗ ΟΛΕΣ")
    site.answer(question, SOFIA, "Ναι, αλλά", to="diktyo")
    again = only(site.inbox(SOFIA))
    site.answer(again, SOFIA, "ναι", to="diktyo")
    same(site.member(SOFIA), {}, "the question that is asked again has the token too")


@test("an answer is one with a Greek reply prefix, from a phone, and under an Outlook quote with commands in it")
def mailers():
    below = outlook("Το ζητήσατε εσείς;\n\nΛΗΘΗ\nΑΠΟΧΩΡΗΣΗ ΟΛΕΣ\nΓια να γίνει, πατήστε «Απάντηση».\n")
    phone = "\n\nΣτάλθηκε από το iPhone μου\n\nΣτις 23 Νοε 2026, στις 09:00, ο χρήστης Ομάδες δήμων <%s> έγραψε:\n\n> ΟΧΙ\n" % ROBOT
    ways = [{"prefix": prefix} for prefix in ("ΑΠ: ", "ΣΧΕΤ: ", "Απάντηση: ", "Απ: Απ: ", "RE: ", "Re: ΑΠ: ", "Aπ: ")]
    ways += [{"quote": phone}, {"text": "Ναι", "quote": phone}, {"quote": below}, {"text": "ΝΑΙ, ευχαριστώ πολύ", "quote": below},
             {"text": "Οκ\n\nΆννα Δήμου\nΤμήμα Παιδείας\nΤηλ. 23310 00000\n"}, {"text": "nai"}, {"text": "\n-- \nΆννα Δήμου\nΟΧΙ μόνο παιδεία\n", "quote": ""}]
    for way in ways:
        question = site.ask(ANNA, "ΕΓΓΡΑΦΗ health")
        site.answer(question, ANNA, **way)
        same(site.member(ANNA), {"health": "each"}, str(way))
        site.inbox(ANNA)
        site.run("member", "remove", "health", ANNA)


@test("empty mails to the join, subscribe and leave addresses of a group are enough, with - and with +")
def addresses():
    for join, leave in (("health-join", "health-leave"), ("health+subscribe", "health+unsubscribe"), ("Health-Subscribe", "HEALTH+leave")):
        says(site.agree(ANNA, to=join), "Είστε πλέον μέλος της ομάδας «Υγεία».")
        same(site.member(ANNA), {"health": "each"})
        says(site.agree(ANNA, to=leave), "Δεν είστε πλέον μέλος της ομάδας «Υγεία».")
        same(site.member(ANNA), {})
    says(text_of(site.ask(ANNA, "", "ΕΓΓΡΑΦΗ", to="health-request")), "Εγγραφή στην ομάδα «Υγεία»")


@test("an address that is not known and one that is are asked in the same words")
def same_shape():
    texts = [text_of(site.ask(author, "ΕΓΓΡΑΦΗ Υγεία")).replace(author, "…") for author in (ELENI, "nobody-we-know@dimos-arta.example.gr")]
    same(texts[0], texts[1])


@test("two questions for two groups stand side by side")
def side_by_side():
    first = site.ask(ANNA, "ΕΓΓΡΑΦΗ environment")
    site.write(ANNA, "diktyo", "ΕΓΓΡΑΦΗ health")
    second = only(site.inbox(ANNA))
    site.answer(first, ANNA)
    site.answer(second, ANNA)
    site.inbox(ANNA)
    same(site.member(ANNA), {"environment": "each", "health": "each"})
    site.agree(ANNA, "ΑΠΟΧΩΡΗΣΗ ΟΛΕΣ")


# --- being a member --------------------------------------------------------------------------------------------------

@test("the digest, nothing, a pause and its end, and a language are set after a yes; from then on answers are in English")
def settings():
    says(site.agree(NIKOS, "ΡΥΘΜΙΣΗ Περιβάλλον ΣΥΝΟΨΗ"), "με τη σύνοψη")
    site.agree(NIKOS, "", "ρυθμιση υγεια τιποτα\nset koinoniki-politiki digest")
    same(site.member(NIKOS), {"environment": "digest", "health": "none", "koinoniki-politiki": "digest"})
    site.agree(NIKOS, "ΠΑΥΣΗ 14")
    says(text_of(site.ask(NIKOS, "ΣΤΟΙΧΕΙΑ")), "environment@" + DOMAIN, "με τη σύνοψη", "σε παύση έως", "μία φορά την ημέρα")
    site.agree(NIKOS, "ΕΠΑΝΑΦΟΡΑ")
    mine = text_of(site.ask(NIKOS, "στοιχεία"))
    holds("παύση" not in mine, mine)
    site.agree(NIKOS, "ΓΛΩΣΣΑ en")
    says(text_of(site.ask(NIKOS, "my")), "in the digest", "once a day")
    site.agree(NIKOS, "language el")
    says(text_of(site.ask(NIKOS, "my")), "με τη σύνοψη")
    site.agree(NIKOS, "", "ΡΥΘΜΙΣΗ Περιβάλλον ΟΛΑ")


@test("a paused member gets no mail of a group, and again when the pause is over")
def pause():
    for word, wanted in (("ΠΑΥΣΗ 14", 0), ("ΕΠΑΝΑΦΟΡΑ", 1)):
        site.agree(NIKOS, word)
        site.write(ELENI, "environment", "Νέος κάδος")
        same(len(site.inbox(NIKOS)), wanted, word)
    site.agree(NIKOS, "ΠΑΥΣΗ 14")
    site.later(14 * DAY)
    site.write(ELENI, "environment", "Νέος κάδος")
    same(len(site.inbox(NIKOS)), 1, "after fourteen days")


@test("who, index and get answer those who may see, and say the same to all others")
def looks():
    mail = site.write(ELENI, "environment", "Δεντροφύτευση", "Το Σάββατο στις δέκα.\n")
    number = site.json("archive", "show", flow.message_id(mail))[0]["post"]
    says(text_of(site.ask(NIKOS, "ΜΕΛΗ Περιβάλλον")), ELENI, NIKOS)
    says(text_of(site.ask(NIKOS, "", "ΑΡΧΕΙΟ environment")), "%d. Δεντροφύτευση" % number)
    says(text_of(site.ask(NIKOS, "", "get %d" % number)), "Το Σάββατο στις δέκα.")
    for order in ("ΜΕΛΗ Περιβάλλον", "index environment", "get %d" % number):
        told = text_of(site.ask(STRANGER, order))
        holds("Ελένη" not in told and ELENI not in told and "Σάββατο" not in told and "Δεντρο" not in told, told)
    same(text_of(site.ask(STRANGER, "", "get %d" % number)), text_of(site.ask(STRANGER, "", "get 9999")).replace("9999", str(number)))
    site.sql("UPDATE groups SET members_visible = 'owners', archive_visible = 'anyone' WHERE name = 'environment'")
    told = text_of(site.ask(NIKOS, "ΜΕΛΗ Περιβάλλον"))
    holds(ELENI not in told, told)
    says(text_of(site.ask(MARIA, "ΜΕΛΗ Περιβάλλον")), ELENI)
    says(text_of(site.ask(STRANGER, "", "get %d" % number)), "Το Σάββατο στις δέκα.")
    says(text_of(site.ask(STRANGER, "ΟΜΑΔΕΣ")), *GROUPS.values())
    says(text_of(site.ask(STRANGER, "ΒΟΗΘΕΙΑ")), "ΕΓΓΡΑΦΗ")


@test("what is not understood is quoted, and does nothing")
def unknown():
    def asks():
        told = text_of(site.ask(NIKOS, "", "ΞΕΓΓΡΑΦΩ όλους τώρα\nμήπως γίνεται να φύγω;\n"))
        says(told, "Δεν κατάλαβα: ΞΕΓΓΡΑΦΩ όλους τώρα", "ΕΓΓΡΑΦΗ")
    unchanged(site, asks)


@test("an address is changed when the old and the new one have both answered; mail comes to the new one")
def address():
    new = "nikos.pappas@perifereia.example.gr"
    unchanged(site, lambda: says(site.agree(NIKOS, "ΔΙΕΥΘΥΝΣΗ " + new), new))
    question = only(site.inbox(new))
    says(text_of(question), NIKOS, new)
    site.answer(question, new)
    says(site.told(new), new)
    same(site.inbox(NIKOS), [])
    site.write(ELENI, "koinoniki-politiki", "Δοκιμή")
    site.write(ELENI, "environment", "Δοκιμή")
    same((len(site.inbox(new)), len(site.inbox(NIKOS))), (1, 0))
    before = site.count("posts")
    for author in (NIKOS, new):
        site.write(author, "environment", "Από τον ίδιο")
    same(site.count("posts"), before + 2, "he may write from both")


@test("an address that another person has cannot be taken over, whoever answers")
def address_taken():
    def asks():
        site.agree(NIKOS, "ΔΙΕΥΘΥΝΣΗ " + ELENI)
        site.answer(only([mail for mail in site.inbox(ELENI) if "[diktyo " in read(mail)["Subject"]]), ELENI)
    unchanged(site, asks)


@test("the export is everything about the person, to read and as JSON")
def export():
    told = text_of(site.ask("nikos.pappas@perifereia.example.gr", "ΕΞΑΓΩΓΗ"))
    data = json.loads(told[told.index("{"):told.rindex("}") + 1])
    text = json.dumps(data, ensure_ascii=False)
    says(text, NIKOS, "nikos.pappas@perifereia.example.gr", "environment")
    holds(ELENI not in text and MARIA not in text, "nothing of others")
    says(text_of(site.ask(STRANGER, "export")), "δεν είναι γραμμένη")


@test("who asked to be forgotten is not brought back by an import, but comes back by himself")
def erased():
    new = "nikos.pappas@perifereia.example.gr"
    says(site.agree(new, "ΛΗΘΗ"), "διαγράφηκαν")
    same((site.member(new), site.count("addresses", "email LIKE '%%nikos%%'")), ({}, 0))
    same(site.count("persons", "name LIKE 'Νίκος%'"), 0)
    sheet = flow.work / "people.csv"
    sheet.write_text("Όνομα;Διεύθυνση;Δήμος;Ομάδες\nΝίκος Παππάς;%s;Άργος;health\n" % new)
    site.run("member", "import", sheet, "--apply", code=1)
    site.run("member", "add", "health", new, code=1)
    same(site.count("addresses", "email LIKE '%%nikos%%'"), 0)
    site.agree(new, "ΕΓΓΡΑΦΗ Υγεία")
    same(site.member(new), {"health": "each"})


@test("a question that nobody answered for seven days is over, and is said to be")
def expired():
    question = site.ask(ANNA, "ΕΓΓΡΑΦΗ environment")
    site.later(7 * DAY + 1)
    unchanged(site, lambda: site.answer(question, ANNA))
    says(site.told(ANNA), "προθεσμία")


@test("a clock that jumps past a question's end makes no answer late, until a week after")
def jumped():
    where = town()
    question, other = where.ask(ANNA, "ΕΓΓΡΑΦΗ health"), where.ask(ELENI, "ΕΓΓΡΑΦΗ health")
    where.run("expire", "--due", "--now", str(where.now))
    where.later(40 * DAY)
    where.answer(question, ANNA)
    says(where.told(ANNA), "Είστε πλέον μέλος")
    for _ in range(8):
        where.run("expire", "--due", "--now", str(where.now))
        where.later(DAY)
    where.answer(other, ELENI)
    says(where.told(ELENI), "προθεσμία")


@test("the ledger says of each join, leave and change which token proved it")
def ledger():
    rows = site.rows("SELECT what, detail FROM events WHERE actor = 'mail' AND what IN ('joined', 'left', 'membership-changed', 'paused', 'address-changed', 'erased')")
    same({what for what, _ in rows}, {"joined", "left", "membership-changed", "paused", "address-changed", "erased"})
    tokens = {"token %d" % number for number, in site.rows("SELECT id FROM tokens WHERE state = 'done'")}
    same([row for row in rows if row[1] not in tokens], [])


# --- groups that ask their people ------------------------------------------------------------------------------------

@test("where a group approves its members the moderators are asked when the person has confirmed, and ΝΑΙ lets him in")
def approve():
    where = town()
    where.sql("UPDATE groups SET joining = 'approve' WHERE name = 'health'")
    for says_it, state in (("ΟΧΙ", None), ("ΝΑΙ", "each")):
        question = where.ask(ANNA, "ΕΓΓΡΑΦΗ Υγεία")
        same(where.inbox(MARIA), [], "nobody is asked before he has confirmed")
        where.answer(question, ANNA)
        says(where.told(ANNA), "περιμένει τους υπεύθυνούς της")
        request = only(where.inbox(MARIA))
        says(text_of(request), ANNA, "Υγεία")
        where.answer(request, MARIA, says_it)
        same(where.member(ANNA, "health"), state)
        says(where.told(ANNA), "Είστε πλέον μέλος" if state else "δεν δέχτηκαν")
        same([read(mail)["Subject"] for mail in where.inbox(MARIA)], ["Αποφασίστηκε κάτι που περίμενε την έγκρισή σας"])


@test("a group that invites is joined by its owner's invitation only")
def invited():
    where = town()
    where.sql("UPDATE groups SET joining = 'invited' WHERE name = 'health'")
    says(text_of(where.ask(ANNA, "ΕΓΓΡΑΦΗ Υγεία")), "μόνο με πρόσκληση")
    says(text_of(where.ask(ELENI, "ΠΑΥΣΗ 1/1/2020")), "μια μελλοντική ημερομηνία")
    same(where.member(ANNA), {})
    says(text_of(where.ask(ELENI, "ΠΡΟΣΚΛΗΣΗ Υγεία " + ANNA)), "μόνο οι υπεύθυνοι")
    same(where.inbox(ANNA), [])
    says(where.agree(MARIA, "ΠΡΟΣΚΛΗΣΗ Υγεία " + ANNA), ANNA)
    same(where.member(ANNA), {})
    where.answer(only(where.inbox(ANNA)), ANNA)
    same(where.member(ANNA), {"health": "each"})
    where.agree(MARIA, "", "ΑΦΑΙΡΕΣΗ Υγεία " + ANNA)
    same(where.member(ANNA), {})


@test("the owner's «ΕΓΚΡΙΣΗ 1» is asked back first; another's does nothing")
def accept_by_number():
    where = town()
    where.write(STRANGER, "health", "Πρόταση")
    number = where.held()[0]["held"]
    where.inbox(MARIA)
    unchanged(where, lambda: where.agree(ELENI, "ΕΓΚΡΙΣΗ %d" % number, to="health-request"))
    same(len(where.held()), 1)
    question = where.ask(MARIA, "ΕΓΚΡΙΣΗ %d" % number, to="health-request")
    holds("Ομάδα «Υγεία»: να δημοσιευτεί το μήνυμα με αριθμό %d «" % number in text_of(question), text_of(question))
    same(len(where.held()), 1, "asked back first")
    where.answer(question, MARIA)
    same((len(where.held()), where.count("posts")), (0, 1))
    same(len(where.inbox(ELENI)), 1)


@test("an owner allows a sender, who then writes without being held")
def allow():
    where = town()
    says(where.agree(MARIA, "", "ΕΠΙΤΡΕΠΕΤΑΙ Υγεία " + STRANGER), STRANGER)
    where.write(STRANGER, "health", "Πρόταση")
    same((where.held(), where.count("posts")), ([], 1))
    where.write(STRANGER, "environment", "Πρόταση")
    same(len(where.held()), 1, "in the other group he is a stranger still")


# --- a held post -----------------------------------------------------------------------------------------------------

def cross_post(where, text="Κείμενο της πρότασης.\n"):
    mail = flow.letter(STRANGER, "Πρόταση", text, To="environment@%s, health@%s" % (DOMAIN, DOMAIN))
    for group in ("environment", "health"):
        where.receive(mail, group, STRANGER, words=["--now", str(where.now)])
    return mail


@test("a stranger's mail to two groups of one owner is one question; ΝΑΙ posts it to both, and each member gets it once")
def one_notice():
    where = town()
    mail = cross_post(where)
    notice = only(where.inbox(MARIA))
    says(text_of(notice), STRANGER, "Πρόταση", "δεν είναι μέλος", "Κείμενο της πρότασης.")
    holds(mail in notice.replace(b"\r\n", b"\n"), "the mail itself is attached")
    where.answer(notice, MARIA, "ΝΑΙ")
    same((where.count("posts"), where.held()), (2, []))
    same([len([m for m in where.inbox(ELENI) if read(m)["Subject"] == "Πρόταση"]), len([m for m in where.inbox(STRANGER)])], [1, 2])


@test("owners of different groups each decide for their own")
def each_his_own():
    where = Talk().group("environment", "Περιβάλλον", owner=MARIA).group("health", "Υγεία", owner=ANNA)
    cross_post(where)
    first, second = only(where.inbox(MARIA)), only(where.inbox(ANNA))
    where.answer(first, MARIA, "ΝΑΙ")
    same([held["group"] for held in where.held()], ["health"], "the other group's is not decided")
    where.answer(second, ANNA, "ΟΧΙ, δεν αφορά την ομάδα")
    same([(held["group"], held["state"]) for held in where.json("held", "list", "--all")], [("environment", "accepted"), ("health", "rejected")])
    same([post["group"] for post in where.json("archive", "list")], ["environment"])


@test("of two moderators the first answer counts; the second changes nothing, and both are told what was decided")
def first_wins():
    where = town()
    where.run("member", "add", "health", ANNA, "--role", "moderator")
    where.write(STRANGER, "health", "Πρόταση")
    one, other = only(where.inbox(MARIA)), only(where.inbox(ANNA))
    where.answer(one, MARIA, "ΟΧΙ δεν αφορά την ομάδα")
    unchanged(where, lambda: where.answer(other, ANNA, "ΝΑΙ"))
    same([held["state"] for held in where.json("held", "list", "--all")], ["rejected"])
    says(where.told(MARIA), "απορρίφθηκε")
    mails = where.inbox(ANNA)
    same(len(mails), 2, "what was decided, and that her answer came later")
    says(text_of(mails[0]), "απορρίφθηκε")
    says(text_of(mails[1]), "έχει ήδη απαντηθεί")
    says(where.told(STRANGER), "Αιτία: δεν αφορά την ομάδα")


@test("ΔΙΑΓΡΑΦΗ drops a held mail, and its author is told nothing")
def dropped():
    where = town()
    where.write(STRANGER, "health", "Κερδίστε ένα ταξίδι")
    where.answer(only(where.inbox(MARIA)), MARIA, "ΔΙΑΓΡΑΦΗ")
    same(([held["state"] for held in where.json("held", "list", "--all")], where.inbox(STRANGER), where.count("posts")), (["discarded"], [], 0))


@test("an answer with a doubt to a notice is asked again, and releases nothing")
def moderator_doubts():
    where = town()
    where.write(STRANGER, "health", "Πρόταση")
    where.answer(only(where.inbox(MARIA)), MARIA, "Ναι, αν συμφωνεί και ο κ. Παππάς")
    same(where.count("posts"), 0)
    again = only(where.inbox(MARIA))
    says(text_of(again), "Πρόταση", "ΝΑΙ")
    where.answer(again, MARIA, "ΝΑΙ")
    same(where.count("posts"), 1)


@test("an answer that comes to another address of ours counts, and only the moderators of its own group are told or asked again")
def wrong_address():
    for to in ("diktyo", "roads-request"):
        where = Talk().group("health", "Υγεία", owner=MARIA).group("roads", "Οδοποιία", owner=ANNA)
        where.write(STRANGER, "health", "Πρόταση")
        where.answer(only(where.inbox(MARIA)), MARIA, "Ναι, αλλά", to=to)
        same(where.inbox(ANNA), [], "the other group's owner, after an answer to " + to)
        where.answer(only(where.inbox(MARIA)), MARIA, "ΝΑΙ", to=to)
        same((where.count("posts"), where.inbox(ANNA)), (1, []), to)
        same(sorted(read(mail)["Subject"] for mail in where.inbox(MARIA)), ["Αποφασίστηκε κάτι που περίμενε την έγκρισή σας", "Πρόταση"])


@test("our own question, notice or second question below the answer, quoted as Outlook does it, speaks neither for nor against")
def quoted_whole():
    where = town()
    question = where.ask(ANNA, "ΕΓΓΡΑΦΗ Υγεία")
    where.answer(question, ANNA, quote=outlook(text_of(question)))
    same(where.member(ANNA), {"health": "each"})
    where.write(STRANGER, "health", "Πρόταση")
    notice = only(where.inbox(MARIA))
    where.answer(notice, MARIA, "Χμ", quote=outlook(text_of(notice)))
    again = only(where.inbox(MARIA))
    where.answer(again, MARIA, "ΝΑΙ", quote=outlook(text_of(again) + outlook(text_of(notice))))
    same(where.count("posts"), 1, "the question asked again")
    where.write(STRANGER, "health", "Πρόταση")
    notice = only([mail for mail in where.inbox(MARIA) if "περιμένει την" in read(mail)["Subject"] and "[diktyo" in read(mail)["Subject"]])
    where.answer(notice, MARIA, "ΝΑΙ", quote=outlook(text_of(notice)))
    same(where.count("posts"), 2, "the notice")


@test("a moderator's answer may have his name below it")
def signed():
    for word, state in (("ΝΑΙ", "accepted"), ("ΔΙΑΓΡΑΦΗ", "discarded")):
        where = town()
        where.write(STRANGER, "health", "Πρόταση")
        where.answer(only(where.inbox(MARIA)), MARIA, word + "\n\nΜαρία Ιωάννου\nΤμήμα Υγείας\n")
        same([held["state"] for held in where.json("held", "list", "--all")], [state], word)


@test("in a group that asks, a member's post waits for his own yes; his no drops it")
def poster_confirms():
    where = town()
    where.sql("UPDATE groups SET confirm_posts = 1 WHERE name = 'health'")
    for word, posts in (("", 1), ("ΟΧΙ", 1)):
        where.write(ELENI, "health", "Ανακοίνωση")
        same(where.inbox(MARIA), [], "it is his question, not the moderators'")
        question = only(where.inbox(ELENI))
        says(text_of(question), "Ανακοίνωση")
        where.answer(question, ELENI, word)
        same((where.count("posts"), where.held()), (posts, []), word)
        where.inbox(ELENI), where.inbox(MARIA)


@test("what nobody decided is brought up after a day, and closed after thirty with a word to its author")
def reminder():
    where = town()
    where.write(STRANGER, "health", "Πρόταση")
    where.inbox(MARIA)
    where.later(DAY + HOUR)
    where.run("expire", "--due", "--now", str(where.now))
    reminded = where.inbox(MARIA)
    for _ in range(30):
        where.later(DAY)
        where.run("expire", "--due", "--now", str(where.now))
    same((len(reminded), [held["state"] for held in where.json("held", "list", "--all")]), (1, ["expired"]))
    says(where.told(STRANGER), "κανείς")


flow.main()
