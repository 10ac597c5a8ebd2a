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


flow.main()
