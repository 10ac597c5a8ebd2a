#!/usr/bin/env -S python3 -B
# One readable mail a day: when it is due in Athens, across both changes of the clock, and that each post is in exactly one.
import datetime
import re
import sys
import zoneinfo

sys.path.insert(0, "tests/tools")
import flow
from flow import ELENI, MARIA, NIKOS, STRANGER, Site, holds, letter, read, same, test, text_of
from talk import only

ATHENS = zoneinfo.ZoneInfo("Europe/Athens")


def athens(text):
    """Local time, as --now: `2026-03-29 07:05`; a second 03:30 of the autumn night is `… 03:30 fold`."""
    local = datetime.datetime.strptime(text.removesuffix(" fold"), "%Y-%m-%d %H:%M").replace(tzinfo=ATHENS, fold=text.endswith("fold"))
    return str(int(local.timestamp()))


def a_site(hour=7):
    site = Site().group(members=(NIKOS, ELENI), digest_hour=str(hour))
    site.run("member", "set", "environment", ELENI, "--delivery", "digest")
    return site


def post(site, when, subject, group="environment", author=NIKOS, **fields):
    site.receive(letter(author, subject, "Κείμενο για: %s\n" % subject, **fields), group, author, words=["--now", athens(when)])


def due(site, when):
    """Runs what cron would run; how many digests and posts it says."""
    said = site.run("digest", "--due", "--now", athens(when)).stdout.decode()
    site.deliver("--now", athens(when))
    return tuple(map(int, re.fullmatch(r"digests (\d+), posts (\d+)\n", said).groups()))


def digests(site, member=ELENI):
    """The subjects in each digest of a member, in the order of arrival."""
    return [re.findall(r"Κείμενο για: (.*)", text_of(mail))
            for mail in site.mails(member) if "Σύνοψη" in read(mail)["Subject"]]


@test("a digest at seven has what was accepted before seven, and the next one the rest; in plain Greek")
def plain_day():
    site = a_site()
    post(site, "2026-11-23 10:00", "Ανακύκλωση στα σχολεία")
    post(site, "2026-11-24 06:59", "Πρόγραμμα Αντώνης Τρίτσης")
    post(site, "2026-11-24 07:00", "Ύδρευση")
    same(due(site, "2026-11-23 23:59"), (0, 0))
    same(due(site, "2026-11-24 06:59"), (0, 0))
    same(due(site, "2026-11-24 07:05"), (1, 2))
    mail = site.mails(ELENI)[-1]
    same(read(mail)["Subject"], "Σύνοψη Τρίτης 24 Νοεμβρίου — 1 ομάδα, 2 μηνύματα")
    for words in ("Περιβάλλον", "Ανακύκλωση στα σχολεία", "Πρόγραμμα Αντώνης Τρίτσης", "Νίκος Παππάς", "Κείμενο για: Ανακύκλωση στα σχολεία"):
        holds(words in text_of(mail), "%s is not in:\n%s" % (words, text_of(mail)))
    holds("�" not in text_of(mail) and read(mail)["Auto-Submitted"], "clean text, and it says that it is automatic")
    same(read(mail).get_content_type(), "multipart/alternative")
    same(due(site, "2026-11-25 07:00"), (1, 1))
    same(digests(site), [["Ανακύκλωση στα σχολεία", "Πρόγραμμα Αντώνης Τρίτσης"], ["Ύδρευση"]])
    same(len(site.mails(NIKOS)), 3, "who gets each mail gets no digest")


def across(days, hour, moments, runs):
    """Posts at `moments`, runs at `runs` (each twice): every post in exactly one digest, in the first whose cut is after it."""
    site = a_site(hour)
    for moment in moments:
        post(site, moment, moment)
    for run in runs:
        due(site, run)
        same(due(site, run), (0, 0), "a second run at %s finds nothing left" % run)
    same(digests(site), days)


@test("across the change to summer time each post is in exactly one digest, though the hour is skipped")
def spring():
    moments = ["2026-03-28 06:59", "2026-03-28 07:00", "2026-03-29 02:59", "2026-03-29 04:00", "2026-03-29 06:59", "2026-03-29 07:00", "2026-03-30 06:59"]
    runs = ["2026-03-28 07:05", "2026-03-29 06:59", "2026-03-29 07:00", "2026-03-30 07:00"]
    across([moments[:1], moments[1:5], moments[5:]], 7, moments, runs)
    # 03:00 does not exist on the 29th: clocks jump to 04:00, and that is when it is due
    moments = ["2026-03-28 12:00", "2026-03-29 02:59", "2026-03-29 04:00", "2026-03-30 02:59"]
    across([moments[:2], moments[2:]], 3, moments, ["2026-03-29 02:59", "2026-03-29 04:00", "2026-03-30 03:00"])


@test("across the change to winter time each post is in exactly one digest, though the hour comes twice")
def autumn():
    moments = ["2026-10-24 06:59", "2026-10-24 07:00", "2026-10-25 03:30", "2026-10-25 03:30 fold", "2026-10-25 06:59", "2026-10-25 07:00", "2026-10-26 06:59"]
    runs = ["2026-10-24 07:00", "2026-10-25 03:30 fold", "2026-10-25 06:59", "2026-10-25 07:00", "2026-10-26 07:01"]
    across([moments[:1], moments[1:5], moments[5:]], 7, moments, runs)
    # 03:00 comes twice on the 25th: the first counts, the second is no new day
    moments = ["2026-10-24 12:00", "2026-10-25 02:59", "2026-10-25 03:30", "2026-10-25 03:30 fold", "2026-10-26 02:59"]
    across([moments[:2], moments[2:]], 3, moments, ["2026-10-25 03:00", "2026-10-25 03:00 fold", "2026-10-25 03:59 fold", "2026-10-26 03:00"])


@test("a run that comes three days late sends one digest with all of it")
def late():
    site = a_site()
    for day in range(20, 24):
        post(site, "2026-11-%d 12:00" % day, "Ημέρα %d" % day)
    same(due(site, "2026-11-23 12:30"), (1, 3))
    same(due(site, "2026-11-24 07:30"), (1, 1))
    same(digests(site), [["Ημέρα 20", "Ημέρα 21", "Ημέρα 22"], ["Ημέρα 23"]])


@test("six runs at once make one digest")
def at_once():
    site = a_site()
    post(site, "2026-11-23 10:00", "Μία φορά")
    running = [flow.subprocess.Popen(site.command("digest", "--due", "--now", athens("2026-11-24 07:05")), stdout=flow.subprocess.PIPE) for _ in range(6)]
    said = sorted(process.communicate()[0] for process in running)
    same(said, [b"digests 0, posts 0\n"] * 5 + [b"digests 1, posts 1\n"])
    site.deliver("--now", athens("2026-11-24 07:05"))
    same(digests(site), [["Μία φορά"]])


@test("a preview shows what would come, and changes nothing")
def preview():
    site = a_site()
    post(site, "2026-11-23 10:00", "Προεπισκόπηση")
    before = site.all_rows()
    shown = site.run("digest", "--preview", ELENI, "--now", athens("2026-11-23 12:00")).stdout.decode()
    holds("Κείμενο για: Προεπισκόπηση" in shown and "Περιβάλλον" in shown, shown)
    raw = site.run("digest", "--preview", ELENI, "--raw", "--now", athens("2026-11-23 12:00")).stdout
    holds("Κείμενο για: Προεπισκόπηση" in text_of(raw), text_of(raw))
    site.run("digest", "--preview", NIKOS, code=1)
    same(site.all_rows(), before)
    same(due(site, "2026-11-24 07:05"), (1, 1))
    site.run("digest", "--preview", ELENI, code=1)


@test("a digest that was sent can be seen again, and sent again exactly as it was; of a day on which there was none, that is said")
def again():
    site = a_site()
    post(site, "2026-11-23 10:00", "Ανακύκλωση")
    same(due(site, "2026-11-24 07:05"), (1, 1))
    first = only(site.mails(ELENI))
    seen = site.run("digest", "--preview", ELENI, "--date", "2026-11-24", "--raw").stdout
    same(seen.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n").strip(), first.partition(b"\n\n")[2].strip())
    same(site.run("digest", "again", ELENI, "--date", "2026-11-24", "--now", athens("2026-11-24 12:00")).stdout, b"mails 1\n")
    site.deliver("--now", athens("2026-11-24 12:00"))
    both = site.mails(ELENI)
    same((len(both), read(both[0])["Message-ID"]), (2, read(both[1])["Message-ID"]))
    same(both[0].partition(b"\n\n")[2], both[1].partition(b"\n\n")[2])
    failed = site.run("digest", "again", ELENI, "--date", "2026-11-25", code=1)
    holds(b"was sent no digest on 2026-11-25" in failed.stderr, failed.stderr)
    holds(b"no day such as" in site.run("digest", "again", ELENI, "--date", "yesterday", code=64).stderr, "a bad day")


@test("who changes between each mail and the digest loses nothing and gets nothing twice")
def switching():
    site = a_site()
    got = []
    for day, delivery in enumerate(("digest", "each", "digest", "each", "digest"), 1):
        site.run("member", "set", "environment", ELENI, "--delivery", delivery)
        post(site, "2026-11-%02d 10:00" % day, "Ημέρα %d" % day)
        if day % 2:
            due(site, "2026-11-%02d 11:00" % day)
    due(site, "2026-11-06 07:05")
    due(site, "2026-11-07 07:05")
    for mail in site.mails(ELENI):
        got += re.findall(r"Κείμενο για: (.*)", text_of(mail))
    same(sorted(got), ["Ημέρα %d" % day for day in range(1, 6)])


@test("who leaves gets no digest of that group; a post to two groups is in the digest once")
def leaving():
    site = a_site()
    site.group("health", "Υγεία", members=(ELENI, NIKOS))
    site.run("member", "set", "health", ELENI, "--delivery", "digest")
    both = letter(subject="Κουνούπια", text="Κείμενο για: Κουνούπια\n")
    for group in ("environment", "health"):
        site.receive(both, group, words=["--now", athens("2026-11-23 10:00")])
    post(site, "2026-11-23 11:00", "Μόνο υγεία", "health")
    post(site, "2026-11-23 12:00", "Μόνο περιβάλλον")
    site.run("member", "remove", "environment", ELENI)
    same(due(site, "2026-11-24 07:05"), (1, 2))
    same([sorted(one) for one in digests(site)], [["Κουνούπια", "Μόνο υγεία"]])


@test("a thread stands together in the digest, in order, and each says who wrote it")
def thread():
    site = a_site()
    root = letter(subject="Απορρίμματα", text="Κείμενο για: ρίζα\n")
    answer = letter(MARIA, "Απ: Απορρίμματα", "Κείμενο για: απάντηση\n", In_Reply_To="<%s>" % flow.message_id(root))
    other = letter(subject="Πράσινο", text="Κείμενο για: άλλο\n")
    for minute, (mail, sender) in enumerate(((root, NIKOS), (other, NIKOS), (answer, MARIA))):
        site.receive(mail, sender=sender, words=["--now", athens("2026-11-23 10:%02d" % minute)])
    due(site, "2026-11-24 07:05")
    same(digests(site), [["ρίζα", "απάντηση", "άλλο"]])
    text = text_of(site.mails(ELENI)[-1])
    holds(text.rindex("Νίκος Παππάς", 0, text.index("Κείμενο για: ρίζα")) < text.rindex("Μαρία", 0, text.index("Κείμενο για: απάντηση")), text)


flow.main()
