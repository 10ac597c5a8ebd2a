#!/usr/bin/env -S python3 -B
# The fate of a mail, told by mail: numbers to its author, addresses to those who look after the group, nothing to anybody else.
import re
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, ELENI, MARIA, NIKOS, STRANGER, holds, message_id, read, same, test, text_of
from talk import HOUR, Talk, only

ANNA, KOSTAS, SOFIA = "anna@dimos-veria.example.gr", "kostas.raptis@dimos-xanthi.example.gr", "sofia@dimos-trikala.example.gr"
flow.NAMES.update({ANNA: "Άννα Δήμου", KOSTAS: "Κώστας Ράπτης", SOFIA: "Σοφία Λάμπρου"})
GREYLISTED = "451 4.7.1 <%s>: Recipient kostas.raptis is greylisted, Ράπτης Κώστας, try in 5 minutes" % KOSTAS
GONE = "550 5.1.1 <%s>: User unknown" % SOFIA


def says(text, *words):
    for word in words:
        holds(word in text, "%s is not in\n%s" % (word, text))


def silent(text, *words):
    for word in words:
        holds(word not in text, "%s is in\n%s" % (word, text))


class Stuck(Talk):
    """A deliver run tries all that waits again, so what the servers of two members said is put back before each mail that comes in."""
    stuck, of_kostas, of_sofia = False, GREYLISTED, GONE

    def stick(self):
        put = "UPDATE deliveries SET state = ?, attempts = 1, next_try = ?, reply = ? WHERE email = ? AND envelope = 'verp'"
        self.sql(put, "waiting", self.now + 3600, self.of_kostas, KOSTAS)
        self.sql(put, "failed", 0, self.of_sofia, SOFIA)

    def write(self, *words, **how):
        if self.stuck:
            self.stick()
        return super().write(*words, **how)


def place():
    """Nikos wrote; Maria (who owns the group), Anna and Nikos himself have it, Kostas waits, Sofia's was refused, Eleni gets a digest."""
    where = Stuck().group("environment", "Περιβάλλον", members=(NIKOS, ANNA, KOSTAS, SOFIA))
    where.run("member", "add", "environment", ELENI, "--name", "Ελένη Γεωργίου", "--delivery", "digest")
    mail = where.write(NIKOS, "environment", "Νέος κάδος στην πλατεία", "Καλημέρα σας,\n\nο κάδος μπήκε.\n")
    where.deliver("--now", str(where.now))
    where.stuck = True
    return where, mail


site, mail = place()
MINE = "<%s>" % message_id(mail).strip("<>")
OTHERS = (KOSTAS, SOFIA, ANNA, ELENI, "kostas", "raptis", "Ράπτης", "Κώστας", "sofia", "dimos-xanthi")


@test("a mail that is held is not unknown: its author and those who look after the group are told, and nobody else")
def held():
    where = Stuck().group("environment", "Περιβάλλον", members=(NIKOS,))
    mine = message_id(where.write(STRANGER, "environment", "Πρόταση για το πάρκο", "Καλημέρα σας.\n"))
    for how in {"text": "ΑΠΟΣΤΟΛΗ <%s>" % mine.strip("<>")}, {"text": "ΑΠΟΣΤΟΛΗ", "In_Reply_To": "<%s>" % mine.strip("<>")}:
        text = how.pop("text")
        says(text_of(where.ask(STRANGER, "", text, **how)), "Πρόταση για το πάρκο — Περιβάλλον", "περιμένει να το δουν όσοι φροντίζουν την ομάδα")
    says(text_of(where.ask(MARIA, "", "ΑΠΟΣΤΟΛΗ <%s>" % mine.strip("<>"))), "Πρόταση για το πάρκο", "περιμένει να το δουν")
    says(text_of(where.ask(NIKOS, "", "ΑΠΟΣΤΟΛΗ <%s>" % mine.strip("<>"))), "Δεν βρήκαμε δικό σας μήνυμα")


@test("the author asks with the Message-ID and reads numbers and the servers' words, but nobody's address or name")
def by_message_id():
    answer = text_of(site.ask(NIKOS, "", "ΑΠΟΣΤΟΛΗ <%s>" % message_id(mail).strip("<>")))
    says(answer, "Νέος κάδος στην πλατεία — Περιβάλλον", "παραλήπτες: 6", "παραδόθηκε στο σύστημα αλληλογραφίας: 3", "περιμένει να σταλεί: 1, από", "δεν παραδόθηκε: 1",
         "θα μπει στην επόμενη σύνοψη: 1", "451 4.7.1", "is greylisted", "550 5.1.1", "User unknown")
    silent(answer, *OTHERS)


@test("the author asks by a reply to his own post, to the group's request address")
def by_reply():
    says(text_of(site.ask(NIKOS, "Re: Νέος κάδος στην πλατεία", "apostoli\n\n> ο κάδος μπήκε.\n", to="environment-request", In_Reply_To=MINE)),
         "Νέος κάδος στην πλατεία", "παραλήπτες: 6")


@test("the author asks with nothing but the word, and reads of his last post")
def his_last():
    says(text_of(site.ask(NIKOS, "αποστολή")), "Νέος κάδος στην πλατεία", "παραλήπτες: 6")
    site.later(HOUR)
    site.write(NIKOS, "environment", "Διακοπή νερού", "Καλημέρα σας,\n\nαύριο κόβεται το νερό.\n")
    last = text_of(site.ask(NIKOS, "αποστολή"))
    says(last, "Διακοπή νερού")
    silent(last, "Νέος κάδος")
    says(text_of(site.ask(NIKOS, "Re: Νέος κάδος στην πλατεία", "ΑΠΟΣΤΟΛΗ", In_Reply_To=MINE)), "Νέος κάδος στην πλατεία")


@test("who looks after the group reads whom it did not reach, and what was said of each")
def owner():
    answer = text_of(site.ask(MARIA, "", "ΑΠΟΣΤΟΛΗ <%s>" % message_id(mail).strip("<>")))
    says(answer, "παραλήπτες: 6", KOSTAS + ": 451 4.7.1", SOFIA + ": 550 5.1.1")


@test("what is our own word for a server that did not answer is told in the reader's language")
def our_words():
    where, mine = place()
    where.of_kostas, where.of_sofia = "the server ended the connection", "no connection to mail.example.gr:25: Connection refused"
    ours, word = "δεν υπάρχει ακόμη σύνδεση με τον διακομιστή", "ΑΠΟΣΤΟΛΗ <%s>" % message_id(mine).strip("<>")
    for who, words in (MARIA, (KOSTAS + ": " + ours, SOFIA + ": κανένας διακομιστής δεν το πήρε")), (NIKOS, (ours, "κανένας διακομιστής δεν το πήρε")):
        answer = text_of(where.ask(who, "", word))
        says(answer, *words)
        silent(answer, "connection")


@test("another member and a stranger learn no more than of a mail that never was")
def others():
    known, unknown = message_id(mail).strip("<>"), "never-was@dimos-volos.example.gr"
    for who in (ANNA, STRANGER):
        answers = [text_of(site.ask(who, "", "ΑΠΟΣΤΟΛΗ <%s>" % each)).replace(each, "…") for each in (known, unknown)]
        same(answers[0], answers[1], "the two answers to %s" % who)
        says(answers[0], "Δεν βρήκαμε δικό σας μήνυμα")
        silent(answers[0], *OTHERS, "κάδος")
    same(only_word(STRANGER), only_word(ANNA), "nor with the word alone")
    silent(text_of(site.ask(ANNA, "Re: Νέος κάδος στην πλατεία", "αποστολή", In_Reply_To=MINE)), *OTHERS, "παραλήπτες")


def only_word(who):
    return text_of(site.ask(who, "ΑΠΟΣΤΟΛΗ"))


@test("a forged From brings the answer to the author, and nothing to who forged it")
def forged():
    site.later(HOUR + 1)
    site.inbox(NIKOS)
    site.inbox(STRANGER)
    site.write(NIKOS, "diktyo", "ΑΠΟΣΤΟΛΗ", sender=STRANGER)
    same(site.inbox(STRANGER), [])
    says(site.told(NIKOS), "Διακοπή νερού")


@test("asked twice within the hour it is answered once; about another post it is answered at once")
def twice():
    site.ask(NIKOS, "ΑΠΟΣΤΟΛΗ")
    site.write(NIKOS, "diktyo", "ΑΠΟΣΤΟΛΗ")
    same(site.inbox(NIKOS), [])
    site.write(NIKOS, "diktyo", "Re: Νέος κάδος στην πλατεία", "ΑΠΟΣΤΟΛΗ", In_Reply_To=MINE)
    says(site.told(NIKOS), "παραλήπτες: 6")


@test("the command line counts the same, and takes a Message-ID with or without <>")
def command_line():
    bare = message_id(mail).strip("<>")
    site.stick()
    for reference in (bare, "<%s>" % bare, "1"):
        counts = site.json("trace", reference)[0]["counts"]
        same({kind: counts[kind] for kind in ("delivered", "waiting", "failed", "returned", "gathering", "covered")},
             {"delivered": 3, "waiting": 1, "failed": 1, "returned": 0, "gathering": 1, "covered": 0})
        holds(counts["waiting_since"], "it says since when")
    says(site.run("trace", bare).stdout.decode(),
         "6 recipients, delivered to the mail system 3, waiting 1 since", "failed 1")


# --- the address to leave by -----------------------------------------------------------------------------------------

def keys_of(where, *people):
    """{address: where its own copy says to write to leave}"""
    where.later(HOUR)
    for who in people:
        where.inbox(who)
    where.write(MARIA, "environment", "Νέο %d" % where.now, "Καλημέρα σας,\n\nμια ανακοίνωση στις %d.\n" % where.now)
    where.deliver("--now", str(where.now))
    return {who: re.search(r"<mailto:(.*)>", read(only(where.inbox(who)))["List-Unsubscribe"])[1] for who in people}


leaving = Talk().group("environment", "Περιβάλλον", members=(NIKOS, ANNA)).group("health", "Υγεία", members=(ANNA,))


@test("each personal copy has an address to leave by that is the member's own, and the same in every mail of the group")
def own_address():
    first, second = keys_of(leaving, NIKOS, ANNA), keys_of(leaving, NIKOS, ANNA)
    same(first, second)
    holds(first[NIKOS] != first[ANNA], str(first))
    for address in first.values():
        holds(re.fullmatch(r"environment-leave\+[a-z2-7]{10,26}@" + re.escape(DOMAIN), address), address)


@test("a reader's program that unsubscribes by itself, and says so, is heard: the question comes to the member")
def by_program():
    key = keys_of(leaving, ANNA)[ANNA]
    leaving.later(HOUR + 1)
    leaving.inbox(ANNA)
    leaving.write(ANNA, key, "Unsubscribe", **{"Auto-Submitted": "auto-replied", "X-Apple-Unsubscribe": "true"})
    says(text_of(only(leaving.inbox(ANNA))), "Αποχώρηση από την ομάδα")
    leaving.write(ANNA, "environment-leave", "Unsubscribe", **{"Auto-Submitted": "auto-replied"})
    same(leaving.inbox(ANNA), [], "without a key it is a machine that answers")


@test("a key works from another mailbox: the question comes to the member alone, and who wrote learns nothing")
def from_elsewhere():
    key = keys_of(leaving, ANNA)[ANNA]
    leaving.later(HOUR + 1)
    leaving.inbox(ANNA)
    leaving.write(STRANGER, key)
    question = only(leaving.inbox(ANNA))
    same(leaving.inbox(STRANGER), [], "nobody else is told anything")
    same(leaving.member(ANNA), {"environment": "each", "health": "each"}, "nothing is done before the answer")
    leaving.answer(question, ANNA)
    says(leaving.told(ANNA), "Δεν είστε πλέον μέλος της ομάδας «Περιβάλλον».")
    same(leaving.member(ANNA), {"health": "each"})


@test("a forged key, the key for another group, and the key of one who has left, ask whoever wrote, as no key does")
def no_key():
    key = keys_of(leaving, NIKOS)[NIKOS]
    local, domain = key.split("@")
    forged = local[:-1] + ("a" if local[-1] != "a" else "b") + "@" + domain
    for address in (forged, key.replace("environment", "health"), "environment-leave+@" + DOMAIN, "environment-leave+x@" + DOMAIN, "environment-leave@" + DOMAIN):
        leaving.later(HOUR + 1)
        leaving.inbox(NIKOS)
        leaving.inbox(STRANGER)
        leaving.write(STRANGER, address)
        same(leaving.inbox(NIKOS), [], address)
        says(text_of(only(leaving.inbox(STRANGER))), "Αποχώρηση από την ομάδα")
    same(leaving.member(NIKOS), {"environment": "each"})


@test("a key that is sent many times writes to the member no more often than anything else does")
def many_times():
    key = keys_of(leaving, NIKOS)[NIKOS]
    leaving.later(HOUR + 1)
    leaving.inbox(NIKOS)
    for _ in range(5):
        leaving.write(STRANGER, key)
    same(len(leaving.inbox(NIKOS)), 1)


@test("a group in bulk has the group's own address to leave by")
def bulk():
    where = Talk().group("environment", "Περιβάλλον", members=(NIKOS, ANNA), copies="bulk")
    keys_of(where, NIKOS)
    same(keys_of(where, NIKOS, ANNA), dict.fromkeys((NIKOS, ANNA), "environment-leave@" + DOMAIN))


@test("who wants no mail of the group, or has paused it, is in the trace with the reason, and is no recipient")
def unwanted():
    where = Talk().group("environment", "Περιβάλλον", members=(NIKOS, ANNA, ELENI, SOFIA))
    where.run("member", "set", "environment", ANNA, "--delivery", "none")
    where.sql("UPDATE memberships SET since = ?", where.now)
    where.later(HOUR)
    where.agree(ELENI, "ΠΑΥΣΗ 14")
    where.agree(SOFIA, "ΑΠΟΧΩΡΗΣΗ environment")
    mine = where.write(NIKOS, "environment", "Νέος κάδος")
    post = where.rows("SELECT max(id) FROM posts")[0][0]
    where.later(HOUR)
    where.run("member", "add", "environment", KOSTAS, "--delivery", "none", "--now", str(where.now))
    traced = where.json("trace", post)[0]
    same({row["address"]: row["state"] for row in traced["recipients"]}, {MARIA: "waiting", NIKOS: "waiting", ANNA: "unwanted", ELENI: "unwanted"})
    same((traced["counts"]["unwanted"], traced["counts"]["waiting"]), (2, 2))
    says(where.run("trace", post).stdout.decode(), "wants no mail of this group", "2 recipients")
    says(text_of(where.ask(NIKOS, "", "ΑΠΟΣΤΟΛΗ <%s>" % message_id(mine).strip("<>"))), "παραλήπτες: 2", "μέλη που δεν θέλουν μηνύματα της ομάδας: 2")


flow.main()
