#!/usr/bin/env -S python3 -B
# The outbox while servers are away or put off: nothing is lost, doubled or overtaken, no attempt is counted that was none, and the operator sees
# and turns what waits. Days pass with --now; the servers are real ones with a script.
import contextlib
import importlib.machinery
import importlib.util
import json
import os
import shutil
import sys
import time

sys.path.insert(0, "tests/tools")
import flow
from flow import ELENI, MARIA, NIKOS, holds, letter, message_id, same, skip, test

loader = importlib.machinery.SourceFileLoader("scripted_smtp", "tests/tools/scripted-smtp")
scripted = importlib.util.module_from_spec(importlib.util.spec_from_loader("scripted_smtp", loader))
loader.exec_module(scripted)
DAY, START = 86400, 1795000000


class World:
    def __init__(self, members, script=None):
        self.site = flow.Site(relay="smtp")
        self.site.group(members=members, posting="anyone")
        self.now = START
        self.server = scripted.Server(script).start()
        self.site.set("relay", "port", self.server.port)
        self.site.set("relay", "seconds", 5)

    def post(self, subject="Νέος κάδος"):
        mail = letter(author=MARIA, subject=subject)
        self.site.receive(mail, sender=MARIA, words=["--now", str(self.now)])
        return mail

    def deliver(self):
        return self.site.deliver("--now", str(self.now))

    def states(self):
        return dict(self.site.rows("SELECT state, count(*) FROM deliveries GROUP BY state"))

    def away(self):
        self.server.stop()

    def back(self, script=None):
        self.server = scripted.Server(script).start()
        self.site.set("relay", "port", self.server.port)


def got(server):
    """recipient → the Message-IDs in the order in which the server took them."""
    orders = {}
    for text, envelope in server.kept:
        for recipient in envelope["rcpt"]:
            orders.setdefault(recipient.split("<")[1].split(">")[0], []).append(message_id(text))
    return orders


@test("a relay that is away for nine days loses, doubles and reorders nothing, and no attempt is counted")
def days_away():
    members = ["melos%d@dimos-%d.example.gr" % (i, i % 4) for i in range(19)]
    world = World(members)
    world.away()
    mails = []
    for day in range(9):
        for number in range(5):
            mails.append(world.post("Ημέρα %d, %d" % (day, number)))
        world.site.run("deliver", "--once", "--now", str(world.now), code=75)
        world.now += DAY
    same((world.states(), world.site.count("deliveries", "attempts > 0")), ({"waiting": 45 * 20}, 0))
    holds("no connection" in world.site.rows("SELECT reply FROM deliveries LIMIT 1")[0][0], "the words say why")
    world.back()
    said = world.deliver()
    same(said, "sent 900, waiting 0, failed 0")
    wanted = [message_id(mail) for mail in mails]
    orders = got(world.server)
    same(sorted(orders), sorted(members + [MARIA]))
    wrong = [recipient for recipient, order in orders.items() if order != wanted]
    same(wrong, [], "each has each mail once, in the order in which they were accepted")


@test("a server that puts everything off for four days loses nothing; after five days of it the mail has failed, with its words")
def put_off():
    world = World([NIKOS], {"rcpt": "450 4.2.0 αργότερα"})
    world.post()
    for _ in range(4 * 12):
        world.deliver()
        world.now += DAY // 12
    same(world.states(), {"waiting": 2})
    for _ in range(3 * 12):
        world.deliver()
        world.now += DAY // 12
    same(world.states(), {"failed": 2})
    holds("αργότερα" in world.site.rows("SELECT reply FROM deliveries LIMIT 1")[0][0], "the server's words")


@test("a clock that jumps a year ahead gives nothing up, and one that is set back freezes nothing")
def clock():
    world = World([NIKOS, ELENI], {"rcpt": "450 4.2.0 later"})
    world.post()
    world.deliver()
    world.now += 365 * DAY
    world.deliver()
    same(world.states(), {"waiting": 3})
    world.now -= 365 * DAY
    world.away()
    world.back()
    same(world.deliver(), "sent 3, waiting 0, failed 0")


class Picky(scripted.Connection):
    """A server that is too busy for some: `off` of its script names what their addresses contain. `words` has other words for some."""
    def answer(self, step, before_drop=None):
        for word in self.server.script.get("off", ()) if step == "rcpt" else ():
            if word in self.server.commands[-1][1].decode():
                said = self.server.script.get("words", {}).get(word, "451 4.7.1 too busy")
                self.stream.sendall(said.encode() + b"\r\n")
                return said[:3]
        return super().answer(step, before_drop)


@contextlib.contextmanager
def picky(members):
    plain, scripted.Connection = scripted.Connection, Picky
    try:
        yield World(members)
    finally:
        scripted.Connection = plain


def asked(world, since, word="argos"):
    return [line.decode().split("<")[1].split(">")[0] for _, line in world.server.commands[since:] if line.startswith(b"RCPT") and word.encode() in line]


THERE, ELSEWHERE = ["m%d@argos.example.gr" % i for i in range(12)], ["m%d@lamia.example.gr" % i for i in range(3)]


def doctor(world):
    return json.loads(world.site.run("doctor", "--json", code=None).stdout)


def to_rest(world):
    """Five rounds, in each of which everything there is put off."""
    world.server.script["off"] = ["argos"]
    for _ in range(5):
        world.now += 3600
        world.deliver()


@test("a destination is judged by the round: a batch that is put off counts once, and one mail that is taken makes it good")
def counted_once():
    with picky(THERE + ELSEWHERE) as world:
        world.server.script["off"] = ["argos"]
        world.post()
        same(world.deliver(), "sent 4, waiting 12, failed 0")
        same(world.site.rows("SELECT domain, deferrals, until FROM destinations"), [("argos.example.gr", 1, 0)])
        world.deliver()
        same(world.site.rows("SELECT deferrals FROM destinations"), [(1,)], "nothing was tried")
        for tried in range(2, 5):
            world.now += 3600
            world.deliver()
            same(world.site.rows("SELECT deferrals, until FROM destinations"), [(tried, 0)])
        world.server.script["off"] = [member for member in THERE if "m7@" not in member]
        world.now += 3600
        same(world.deliver(), "sent 1, waiting 11, failed 0")
        same(world.site.rows("SELECT * FROM destinations"), [], "one was taken")


@test("a destination that only put off in five rounds rests, others go on; one delivery is tried, then all go in order")
def destination():
    with picky(THERE + ELSEWHERE) as world:
        mails = [world.post()]
        to_rest(world)
        same(world.site.rows("SELECT domain, deferrals, until - ? FROM destinations", world.now), [("argos.example.gr", 5, 300)])
        stats = world.site.json("outbox", "stats", "--now", str(world.now))
        same([(entry["domain"], entry["waiting"]) for entry in stats["destinations"]], [("argos.example.gr", 12)])
        holds("too busy" in stats["destinations"][0]["reply"] and stats["destinations"][0]["until"], stats)
        tried = len(world.server.commands)
        mails += [world.post("Δεύτερο"), world.post("Τρίτο")]
        same(world.deliver(), "sent 8, waiting 36, failed 0")
        same(asked(world, tried), [], "nobody there is tried while it rests")
        rest = 300
        for _ in range(3):
            world.now += rest
            mails.append(world.post("Την ώρα που τελειώνει"))
            tried, rest = len(world.server.commands), rest * 2
            world.deliver()
            same(asked(world, tried), THERE[:1], "the oldest, and nobody else")
            same(world.site.rows("SELECT until - ? FROM destinations", world.now), [(rest,)])
        same(world.site.rows("SELECT max(attempts), sum(attempts) FROM deliveries WHERE state = 'waiting'"), [(8, 12 * 5 + 3)], "the others are untouched")
        world.server.script["off"] = []
        world.now += rest
        tried = len(world.server.commands)
        same(world.deliver(), "sent 72, waiting 0, failed 0")
        same(asked(world, tried)[0], THERE[0])
        wanted, orders = [message_id(mail) for mail in mails], got(world.server)
        same([recipient for recipient in THERE if orders[recipient] != wanted], [], "each has each mail once, in the order in which they were accepted")
        same(world.site.rows("SELECT * FROM destinations"), [])


@test("a mailbox that is full keeps nobody else waiting, however long it is full")
def full_mailbox():
    with picky(["gemato@argos.example.gr", "kali@argos.example.gr"]) as world:
        world.server.script.update(off=["gemato"], words={"gemato": "452 4.2.2 <gemato@argos.example.gr>: user is over quota"})
        mails = [world.post()]
        for _ in range(8):
            world.deliver()
            world.now += 1800
        same(world.site.rows("SELECT * FROM destinations"), [])
        mails.append(world.post("Δεύτερο"))
        world.deliver()
        same(got(world.server)["kali@argos.example.gr"], [message_id(mail) for mail in mails])
        same(world.states(), {"sent": 4, "waiting": 2}, "and his are kept for him")


@test("a destination that rests for one mail that never gets through takes the others within two days, and shows nobody the name of another")
def one_in_the_way():
    with picky(["alpha@argos.example.gr", "beta@argos.example.gr"]) as world:
        world.server.script.update(off=["argos"], words={"argos": "451 4.3.0 <alpha@argos.example.gr>: lookup failed"})
        world.post()
        for _ in range(6):
            world.now += 3600
            world.deliver()
        same(world.site.rows("SELECT deferrals >= 5 FROM destinations"), [(1,)])
        world.post("Δεύτερο")
        world.now += 4 * 3600
        world.deliver()
        same(world.site.rows("SELECT reply, count(*) FROM deliveries WHERE email LIKE '%@argos.example.gr' AND attempts = 0 GROUP BY reply"), [("451 4.3.0 <…@argos.example.gr>: lookup failed", 2)])
        world.server.script.update(off=["alpha"], words={"alpha": "451 4.3.0 <alpha@argos.example.gr>: lookup failed"})
        for _ in range(24):
            world.now += 7200
            world.deliver()
        same(len(got(world.server)["beta@argos.example.gr"]), 2)
        same(world.states()["waiting"], 2)


@test("a refusal for good opens a destination that rests, too; and a clock that was set back keeps none closed")
def opened():
    with picky(THERE) as world:
        world.post()
        to_rest(world)
        world.now -= 30 * DAY
        world.server.script.update(off=[], rcpt={"1": "550 5.1.1 unknown"})
        holds(", waiting 0, failed" in world.deliver(), "all were answered in that round")
        same(world.site.rows("SELECT * FROM destinations"), [])


@test("what the operator wants tried is tried, also where the destination rests")
def hurried():
    with picky(THERE) as world:
        world.post()
        to_rest(world)
        one = world.site.rows("SELECT id, email FROM deliveries WHERE state = 'waiting' ORDER BY id DESC LIMIT 1")[0]
        world.server.script["off"] = []
        world.site.run("outbox", "retry", str(one[0]), "--now", str(world.now))
        tried = len(world.server.commands)
        same((world.deliver(), asked(world, tried)), ("sent 1, waiting 11, failed 0", [one[1]]))
        world.site.run("outbox", "retry", "--all", "--now", str(world.now))
        same(world.deliver(), "sent 11, waiting 0, failed 0")


@test("doctor and stats show a relay that is away and destinations that rest; deliver --once says that nothing could be tried")
def shown():
    with picky(THERE) as world:
        world.post()
        stats = world.site.json("outbox", "stats", "--now", str(world.now))
        same((stats["relay_away"], stats["sent_last_hour"]), (None, 0))
        to_rest(world)
        now = ["--now", str(world.now)]
        same(world.site.json("outbox", "stats", *now)["sent_last_hour"], 0)
        holds(any(entry["what"] == "destinations" and entry["level"] == "WARN" and "argos.example.gr" in entry["says"] for entry in doctor(world)), doctor(world))
        world.away()
        world.post("Δεύτερο")
        since = world.now
        for _ in range(2):
            world.now += 600
            said = world.site.run("deliver", "--once", "--now", str(world.now), code=75).stderr.decode()
            holds("relay is away" in said and "refused" in said, said)
        away = world.site.json("outbox", "stats", *now)["relay_away"]
        same((away["tries"], away["next_try"]), (2, None))
        holds("refused" in away["reply"], away)
        holds(b"The relay is away since " in world.site.run("outbox", "stats").stdout, "people see it too")
        world.post("Τρίτο, που δεν το δοκίμασε κανείς")
        holds(b"refused" in world.site.run("trace", "3").stdout, "and whoever asks for one post")
        same(world.site.rows("SELECT changed_at - ? FROM destinations WHERE domain = ''", since), [(600,)], "since when")
        holds(any(entry["what"] == "relay" and entry["level"] == "WARN" and "away since" in entry["says"] for entry in doctor(world)), doctor(world))
        holds(not any(entry["what"] == "outbox" and "nobody" in entry["says"] for entry in doctor(world)), "somebody does try")
        world.back()
        world.now += 3600
        world.deliver()
        stats = world.site.json("outbox", "stats", "--now", str(world.now))
        same((stats["relay_away"], stats["sent_last_hour"]), (None, 38))


@test("a sender that waits tells when it tries the relay again")
def tells():
    world = World([NIKOS])
    world.away()
    world.now = int(time.time())
    world.post()
    sender = flow.subprocess.Popen(world.site.command("deliver"), stdout=flow.subprocess.DEVNULL, stderr=flow.subprocess.DEVNULL)
    try:
        flow.until(20, "the relay is said to be away", lambda: world.site.json("outbox", "stats")["relay_away"])
        holds(world.site.json("outbox", "stats")["relay_away"]["next_try"], "the time of the next try")
        world.site.run("deliver", "--once", code=75)
        holds(world.site.json("outbox", "stats")["relay_away"]["next_try"], "and a run by hand in between leaves it")
    finally:
        sender.terminate()
        sender.wait(20)


@test("what waited five days for a destination that rests is given up with its words; days without a relay do not count, and no jump")
def given_up():
    with picky(THERE) as world:
        world.post()
        to_rest(world)
        begin, late = world.now, 2 * DAY
        world.away()
        for _ in range(8):
            world.now += DAY
            world.site.run("deliver", "--once", "--now", str(world.now), code=75)
        world.back({"off": ["argos"]})
        world.now += 40 * DAY
        world.deliver()
        same(world.states()["waiting"], 12)
        begin = world.now
        while world.now < begin + 4.5 * DAY:
            world.now += 7200
            if late and world.now > begin + late:
                world.post("Μετά από δύο μέρες")
                late = 0
            world.deliver()
        same(world.site.count("deliveries", "state = 'waiting'"), 24)
        while world.now < begin + 5.5 * DAY:
            world.now += 7200
            world.deliver()
        same(world.site.rows("SELECT state, reply, count(*) FROM deliveries WHERE email LIKE '%@argos.example.gr' GROUP BY state, reply"),
             [("failed", "451 4.7.1 too busy", 12), ("waiting", "451 4.7.1 too busy", 12)])
        world.site.run("expire", "--due", "--now", str(world.now))
        same(world.site.count("outgoing", "topic = 'undelivered'"), 1, "its author is told")


@test("outbox list, retry and cancel: what waits is shown with its reason, tried at once, or taken back")
def operated():
    world = World([NIKOS, ELENI], {"rcpt": "450 4.2.0 later"})
    mail = world.post()
    world.deliver()
    entries = world.site.json("outbox", "list")
    same(sorted(entry["address"] for entry in entries), sorted([NIKOS, ELENI, MARIA]))
    holds(all("450" in entry["reply"] and entry["attempts"] == 1 for entry in entries), entries)
    same(len(world.site.json("outbox", "list", NIKOS)), 1)
    same((world.site.json("outbox", "list", "environment", "--state", "failed"), world.site.json("bounces", "list", "environment")), ([], []))
    for words in (("outbox", "list"), ("bounces", "list")):
        holds("nosuch" in world.site.run(*words, "nosuch", code=1).stderr.decode(), "a typing mistake is no good news")
    world.away()
    world.back()
    one = str(next(entry["delivery"] for entry in entries if entry["address"] == NIKOS))
    world.site.run("outbox", "cancel", one, code=64)
    holds(b"cancelled" in world.site.run("outbox", "cancel", one, "--yes").stdout, "it says what it did")
    world.site.run("outbox", "cancel", one, "--yes", code=1)
    same(world.deliver(), "sent 0, waiting 2, failed 0")
    world.site.run("outbox", "retry", "--all", "--now", str(world.now))
    same(world.deliver(), "sent 2, waiting 0, failed 0")
    same(got(world.server), {ELENI: [message_id(mail)], MARIA: [message_id(mail)]})
    states = {entry["address"]: entry["state"] for entry in world.site.json("trace", message_id(mail))[0]["recipients"]}
    same(states[NIKOS], "cancelled")


@test("outbox retry says what is tried; what waits for a relay that is away; and why what does not wait is not tried")
def retried():
    world = World([NIKOS, ELENI])
    world.post()
    world.deliver()
    now = ["--now", str(world.now)]
    same(world.site.run("outbox", "retry", "1", "9999", *now, code=1).stderr.decode(), "diktyo: 1 was sent\ndiktyo: there is no delivery 9999\n")
    same(world.site.run("outbox", "retry", "--all", *now, code=1).stderr, b"diktyo: nothing waits\n")
    world.away()
    world.post()
    world.site.run("deliver", "--once", *now, code=75)
    for words, says in [(["--all"], "3 wait for the relay, which is away (since "), (["4", "1"], "1 waits for the relay, which is away (since ")]:
        said = world.site.run("outbox", "retry", *words, *now).stdout.decode()
        holds(said.startswith(says) and said.endswith("): see diktyo outbox stats\n"), said)
    same(world.site.json("outbox", "stats", *now)["relay_away"]["tries"], 1, "it is still known to be away")
    world.back()
    world.deliver()
    world.server.script["rcpt"] = "450 4.2.0 later"
    world.post("Τρίτο")
    world.deliver()
    same(world.site.run("outbox", "retry", "--all", *now).stdout, b"3 deliveries are tried now.\n")


@test("outbox cancel says how many copies it would take back, and why what does not wait cannot be")
def cancelled():
    world = World([NIKOS, ELENI], {"rcpt": "450 4.2.0 later"})
    world.post()
    world.deliver()

    def said(*words, code):
        return world.site.run("outbox", "cancel", *words, code=code).stderr.decode()
    holds("3 copies would be taken back" in said("--post", "1", code=64), "of a post")
    holds("1 copy would be taken back" in said("2", code=64), "of numbers")
    same(world.states(), {"waiting": 3}, "nothing was done")
    holds("there is no post 77" in said("--post", "77", "--yes", code=1), "an unknown post")
    said("2", "--yes", code=0)
    same(said("2", "9999", "--yes", code=1), "diktyo: 2 was cancelled\ndiktyo: there is no delivery 9999\n")
    world.server.script["rcpt"] = "250 2.1.5 Ok"
    world.now += 3600
    world.deliver()
    same((said("1", "--yes", code=1), said("--post", "1", code=1)), ("diktyo: 1 was sent\n", "diktyo: no copy of post 1 waits: see diktyo trace 1\n"))


def undelivered(world):
    """What authors are told, written to them but not sent."""
    return "".join(flow.text_of(row[0] + row[1]) for row in world.site.rows("SELECT head, body FROM outgoing WHERE topic = 'undelivered'"))


@test("what a relay refused by mistake is seen by the doctor, counts against nobody once it is sent again, and goes to the address that its member has now")
def refused_by_mistake():
    world = World([NIKOS, ELENI], {"mail": "550 5.7.1 relaying denied"})
    mail, now = world.post(), ["--now", str(world.now)]
    same(world.deliver(), "sent 0, waiting 0, failed 3")
    warned = [(finding["says"], finding["cure"]) for finding in world.site.json("doctor", *now) if finding["what"] == "outbox" and finding["level"] == "WARN"]
    same(len(warned), 1, str(warned))
    same(warned, [("one post was refused for everybody within a day (3 copies): 550 5.7.1 relaying denied", "mend what the server says, then diktyo outbox retry --post 1")])
    same(world.site.run("outbox", "list").stdout, b"Nothing waits; 3 have failed so far: diktyo outbox list --state failed\n")
    holds("is sent once more with --failed" in world.site.run("outbox", "retry", "--all", *now, code=1).stderr.decode(), "how to send it once more")
    same(world.site.rows("SELECT status, count(*) FROM bounces GROUP BY status"), [("5.7.1", 3)])
    world.server.script.clear()
    world.site.run("address", "add", ELENI, "eleni@new.example.gr", *now)
    world.site.run("address", "primary", "eleni@new.example.gr", *now)
    same(world.site.run("outbox", "retry", "1", *now).stdout, b"one delivery is tried now.\n")
    same(world.states(), {"waiting": 1, "failed": 2})
    same(world.site.run("outbox", "retry", "--post", "1", *now).stdout, b"3 deliveries are tried now.\n")
    same(world.site.rows("SELECT DISTINCT attempts, waited, next_try FROM deliveries"), [(0, 0, world.now)])
    same(world.deliver(), "sent 3, waiting 0, failed 0")
    same(got(world.server), {MARIA: [message_id(mail)], NIKOS: [message_id(mail)], "eleni@new.example.gr": [message_id(mail)]})
    same({one["state"] for one in world.site.json("trace", message_id(mail))[0]["recipients"]}, {"sent"})
    same(world.site.rows("SELECT DISTINCT class, verdict, detail FROM bounces"), [("delivered", "ignored", "sent once more, after: 550 5.7.1 relaying denied")], "evidence")
    world.site.run("expire", "--due", "--now", str(world.now + 2 * DAY))
    same(world.site.count("outgoing", "topic = 'undelivered'"), 0, "its author is told of no failure")
    same(world.site.run("outbox", "retry", "--post", "1", *now, code=1).stderr, b"diktyo: no copy of post 1 waits or has failed: see diktyo trace 1\n")
    world.server.script["mail"] = "550 5.7.1 relaying denied"
    world.post()
    world.deliver()
    world.site.run("expire", "--due", "--now", str(world.now + 2 * DAY))
    holds("ρωτήστε αν το πρόβλημα λύθηκε" in undelivered(world), "nobody has it")
    world.site.run("member", "erase", NIKOS, "--yes", *now)
    world.site.run("member", "remove", "environment", "eleni@new.example.gr", *now)
    same(world.site.run("outbox", "retry", "--failed", *now).stdout, b"one delivery is tried now.\n", "not to one who was erased, nor to one who has left")
    same(world.site.rows("SELECT state, count(*) FROM deliveries WHERE post = 2 GROUP BY state"), [("cancelled", 2), ("waiting", 1)])
    same(world.site.count("outgoing", "failures_told_at > 0"), 0, "if it fails again, its author hears of it again")


@test("two senders at once send everything once")
def two_senders():
    world = World(["m%d@dimos-%d.example.gr" % (i, i % 7) for i in range(200)])
    for number in range(5):
        world.post("Δύο αποστολείς %d" % number)
    both = [flow.subprocess.Popen(world.site.command("deliver", "--once", "--now", str(world.now)), stdout=flow.subprocess.DEVNULL) for _ in range(2)]
    same([one.wait(60) for one in both], [0, 0])
    same((world.states(), len(world.server.kept)), ({"sent": 5 * 201}, 5 * 201))


@test("posts to the same few reach each of them in order, however often a connection of eight breaks")
def in_line():
    world = World([NIKOS, ELENI], {"mail": {"4": "drop"}})
    posts = [message_id(world.post("Με τη σειρά %d" % number)) for number in range(25)]
    for _ in range(12):
        world.deliver()
        world.now += 600
    same((world.states(), len(world.server.kept)), ({"sent": 75}, 75))
    same(set(map(tuple, got(world.server).values())), {tuple(posts)}, "the order at each address")


@test("a backlog of large posts to the same few is not held in memory all at once, and goes out in order")
def backlog():
    world = World([NIKOS])
    posts = []
    for number in range(60):
        mail = letter(author=MARIA, subject="Μεγάλο %d" % number, text=("x" * 70 + "\n") * 14000)
        posts.append(message_id(mail))
        world.site.receive(mail, sender=MARIA, words=["--now", str(world.now)])
    sender = flow.subprocess.Popen(world.site.command("deliver", "--once", "--now", str(world.now)), stdout=flow.subprocess.DEVNULL)
    _, status, usage = os.wait4(sender.pid, 0)
    same((status, world.states()), (0, {"sent": 120}))
    same(set(map(tuple, got(world.server).values())), {tuple(posts)}, "the order at each address")
    holds(usage.ru_maxrss < 90 * 1024, "%d MB" % (usage.ru_maxrss // 1024))
    return "%d MB for a backlog of 60 MB" % (usage.ru_maxrss // 1024)


@test("what waits in line behind others is not looked at again and again while they are slow")
def looked_at_once():
    if not shutil.which("strace"):
        skip("there is no strace")

    def locks(script):
        world, counts = World([NIKOS], script), flow.work / "counts"
        with world.site.door("--now", str(world.now)):
            for number in range(60):
                world.site.receive(letter(author=MARIA, subject="Στη σειρά %d" % number), sender=MARIA)
        done = flow.subprocess.run(["strace", "-f", "-qq", "-c", "-e", "trace=fcntl", "-o", counts, *world.site.command("deliver", "--once", "--now", str(world.now))], capture_output=True, check=False)
        if b"ptrace" in done.stderr:
            skip("strace may not trace here")
        same((done.returncode, world.states()), (0, {"sent": 120}))
        return next(int(line.split()[3]) for line in counts.read_text().splitlines() if line.endswith("fcntl"))

    usual, slow = locks({}), locks({"dot": {"1": "drip:250 ok"}})
    holds(slow < 1.5 * usual, "%d locks of the database beside a slow server, %d beside one that is not" % (slow, usual))
    return "%d and %d locks" % (slow, usual)


@test("what an older program had claimed is shown as being sent, and goes out when that one's lease is over")
def claimed_before():
    world = World([NIKOS])
    world.post()
    with contextlib.closing(flow.sqlite3.connect(world.site.folder / "diktyo.db")) as database:
        database.executescript("DROP TABLE leases; DROP INDEX one_copy; ALTER TABLE deliveries DROP COLUMN void; ALTER TABLE deliveries ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;"
                               "CREATE UNIQUE INDEX one_copy ON deliveries(letter, person) WHERE letter IS NOT NULL AND state NOT IN ('covered','cancelled');"
                               "DROP INDEX deliveries_due; CREATE INDEX deliveries_due ON deliveries(next_try) WHERE state IN ('waiting','sending');"
                               "UPDATE deliveries SET state = 'sending', lease = 7, next_try = %d; PRAGMA user_version = 4" % (world.now + 60))
    same(len(world.site.json("outbox", "list", "--state", "sending")), 2, "claimed")
    same(len(world.site.json("outbox", "list")), 0, "waiting")
    world.deliver()
    same(len(world.server.kept), 0, "before the end of the lease")
    world.now += 61
    world.deliver()
    same((world.states(), len(world.server.kept)), ({"sent": 2}, 2))


flow.main()
