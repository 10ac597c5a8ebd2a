#!/usr/bin/env -S python3 -B
# The outbox while servers are away or put off: nothing is lost, doubled or overtaken, no attempt is counted that was none, and the operator sees
# and turns what waits. Days pass with --now; the servers are real ones with a script.
import importlib.machinery
import importlib.util
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import ELENI, MARIA, NIKOS, holds, letter, message_id, same, test

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
        world.deliver()
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


@test("a destination that puts off five in a row is left alone, others go on, and it is tried again later")
def destination():
    there, elsewhere = ["m%d@argos.example.gr" % i for i in range(12)], ["m%d@lamia.example.gr" % i for i in range(3)]
    world = World(there + elsewhere)

    class Picky(scripted.Connection):
        def answer(self, step, before_drop=None):
            if step == "rcpt" and b"argos" in self.server.commands[-1][1] and self.server.script.get("off"):
                self.stream.sendall(b"451 4.7.1 too busy\r\n")
                return "451"
            return super().answer(step, before_drop)
    plain, scripted.Connection = scripted.Connection, Picky
    try:
        world.server.script["off"] = True
        world.post()
        same(world.deliver(), "sent 4, waiting 12, failed 0")
        rows = world.site.rows("SELECT domain, deferrals >= 5, until > ? FROM destinations", world.now)
        same(rows, [("argos.example.gr", 1, 1)])
        stats = world.site.json("outbox", "stats", "--now", str(world.now))
        same([(entry["domain"], entry["waiting"]) for entry in stats["destinations"]], [("argos.example.gr", 12)])
        holds("too busy" in stats["destinations"][0]["reply"] and stats["destinations"][0]["until"], stats)
        tried = len(world.server.commands)
        world.post("Δεύτερο")
        same(world.deliver(), "sent 4, waiting 24, failed 0")
        asked = [line for _, line in world.server.commands[tried:] if b"argos" in line]
        same(asked, [], "nobody there is tried while it is left alone")
        world.server.script["off"] = False
        world.now += DAY
        same(world.deliver(), "sent 24, waiting 0, failed 0")
        same(world.site.rows("SELECT count(*) FROM destinations"), [(0,)])
    finally:
        scripted.Connection = plain


@test("outbox list, retry and cancel: what waits is shown with its reason, tried at once, or taken back")
def operated():
    world = World([NIKOS, ELENI], {"rcpt": "450 4.2.0 later"})
    mail = world.post()
    world.deliver()
    entries = world.site.json("outbox", "list")
    same(sorted(entry["address"] for entry in entries), sorted([NIKOS, ELENI, MARIA]))
    holds(all("450" in entry["reply"] and entry["attempts"] == 1 for entry in entries), entries)
    same(len(world.site.json("outbox", "list", NIKOS)), 1)
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


@test("two senders at once send everything once")
def two_senders():
    world = World(["m%d@dimos-%d.example.gr" % (i, i % 7) for i in range(200)])
    for number in range(5):
        world.post("Δύο αποστολείς %d" % number)
    both = [flow.subprocess.Popen(world.site.command("deliver", "--once", "--now", str(world.now)), stdout=flow.subprocess.DEVNULL) for _ in range(2)]
    same([one.wait(60) for one in both], [0, 0])
    same((world.states(), len(world.server.kept)), ({"sent": 5 * 201}, 5 * 201))


flow.main()
