#!/usr/bin/env -S python3 -B
# What only our own client does (src/deliver/relay_smtp.c): several recipients in one transaction, LMTP, several sessions and servers, unix
# sockets, DSN and SMTPUTF8, and a server that answers too early, too slowly, or octet by octet. The contract that holds for
# all relays is in relay-contract.t, whose server and driver are used here.
import importlib.machinery
import importlib.util
import itertools
import os
import socket
import sys
import threading
import time

sys.path.insert(0, "tests/tools")
import flow  # noqa: E402

loader = importlib.machinery.SourceFileLoader("relay_contract", "tests/flow/relay-contract.t")
contract = importlib.util.module_from_spec(importlib.util.spec_from_loader("relay_contract", loader))
loader.exec_module(contract)
flow.cleanup.callback(contract.shutil.rmtree, contract.work, True)
Server, HEAD, BODY, RECIPIENTS = contract.scripted.Server, contract.HEAD, contract.BODY, contract.RECIPIENTS
numbers = itertools.count(1)
EVERYTHING = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 10000000", "DSN", "SMTPUTF8"]
BULK = ["perivallon-bounces@groups.example.gr"] * 3


def hold(script=None, **settings):
    answers, server = contract.hold("smtp", "r%d" % next(numbers), {"extensions": EVERYTHING, **(script or {})}, **settings)
    return {recipient: (result, reply) for recipient, result, reply in answers}, server


def results(answers, recipients=None):
    return [answers[recipient][0] for recipient in recipients or RECIPIENTS]


def commands(server, verb):
    return [line.decode() for _, line in server.commands if line.upper().startswith(verb.encode())]


def raw(serve, path=None):
    """A server of bare octets: serve(connection) for each connection. Gives its port (or its path)."""
    listener = socket.socket(socket.AF_UNIX) if path else socket.socket()
    listener.bind(path or ("127.0.0.1", 0))
    listener.listen(8)

    def accept():
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=lambda: quietly(serve, connection), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    flow.cleanup.callback(listener.close)
    return path or listener.getsockname()[1]


def quietly(serve, connection):
    try:
        serve(connection)
    except OSError:
        pass
    finally:
        connection.close()


def ask(port, **settings):
    answers = contract.send(contract.configure(contract.work / ("raw%d" % next(numbers)), "smtp", port, **{"sessions": 1, **settings}))
    return {recipient: (result, reply) for recipient, result, reply in answers}


@flow.test("three recipients of one transaction, each × 250, 4xx and 5xx × at MAIL, RCPT, DATA and the final dot, by SMTP and LMTP")
def bulk():
    fates = {"450 4.2.0 αργότερα": "later", "550 5.1.1 άγνωστος": "refused", None: "sent"}
    for protocol, step, pipelining in itertools.product(("smtp", "lmtp"), ("mail", "rcpt", "data", "dot"), (True, False)):
        own = step == "rcpt" or (step == "dot" and protocol == "lmtp")
        for said in itertools.product(fates, repeat=3) if own else [(answer,) for answer in fates]:
            script = {step: {str(i + 1): answer for i, answer in enumerate(said) if answer}}
            script["extensions"] = EVERYTHING if pipelining else EVERYTHING[1:]
            answers, server = hold(script, protocol=protocol, senders=BULK)
            want = [fates[answer] for answer in (said if own else said * 3)]
            flow.same(results(answers), want, "%s, %s %s" % (protocol, step, said))
            flow.same(len(commands(server, "MAIL")), 1)
            kept = sorted(to.split(" ")[1] for text, envelope in server.kept for to in envelope["rcpt"] if text == HEAD + BODY)
            flow.same(kept, sorted("TO:<%s>" % one for one, fate in zip(RECIPIENTS, want) if fate == "sent"), "kept")
            for one, answer in zip(RECIPIENTS, said if own else said * 3):
                flow.holds(answers[one][1] == (answer or answers[one][1]), "the server's own words: %s" % answers[one][1])


@flow.test("a server that takes two recipients at a time gets the others in further transactions (452, RFC 5321 4.5.3.1.10; LIMITS, RFC 9422)")
def too_many():
    many = ["p%d@dimos.example.gr" % i for i in range(7)]
    for script, most in ({"rcpt": {"3": "452 4.5.3 too many recipients"}}, 6), ({"extensions": EVERYTHING + ["LIMITS RCPTMAX=2"]}, 2):
        answers, server = hold(script, recipients=many, senders=BULK[:1] * 7)
        flow.same(results(answers, many), ["sent"] * 7)
        flow.holds(max(len(envelope["rcpt"]) for _, envelope in server.kept) <= most, "no more than %d at a time" % most)
    answers, _ = hold({"rcpt": {"3": "452 4.2.2 mailbox full"}}, senders=BULK)
    flow.same(results(answers), ["sent", "sent", "later"], "a full mailbox is his own")


@flow.test("a mail's envelope leaves together with the end of the one before it, and each recipient's own copy is whole")
def pipelined():
    seen = []

    def serve(connection):
        buffer, text = b"", b""
        connection.sendall(b"220 x\r\n")
        data = False
        while piece := connection.recv(1 << 16):
            seen.append(piece)
            buffer += piece
            while True:
                end = buffer.find(b"\r\n.\r\n" if data else b"\r\n")
                if end < 0:
                    break
                line, buffer = buffer[:end], buffer[end + (5 if data else 2):]
                if data:
                    data = False
                    connection.sendall(b"250 2.0.0 ok\r\n")
                elif line.startswith(b"EHLO"):
                    connection.sendall(b"250-x\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
                elif line == b"DATA":
                    data = True
                    connection.sendall(b"354 go on\r\n")
                else:
                    connection.sendall(b"250 2.0.0 ok\r\n")
    flow.same(results(ask(raw(serve))), ["sent"] * 3)
    together = [piece for piece in seen if b"\r\n.\r\nMAIL FROM" in piece and piece.endswith(b"DATA\r\n")]
    flow.same(len(together), 2, "writes that hold a mail and the next envelope")


@flow.test("answers that come octet by octet are read as if they came at once")
def octet_by_octet():
    class Slow(contract.scripted.Connection):
        def answer(self, step, before_drop=None):
            real, self.stream = self.stream, Split(self.stream)
            try:
                return super().answer(step, before_drop)
            finally:
                self.stream = real

    class Split:
        def __init__(self, stream):
            self.stream = stream

        def sendall(self, octets):
            for i in range(len(octets)):
                self.stream.sendall(octets[i:i + 1])
                time.sleep(0.0005)

        def __getattr__(self, name):
            return getattr(self.stream, name)
    usual, contract.scripted.Connection = contract.scripted.Connection, Slow
    try:
        for script in {}, {"rcpt": {"2": "550-5.1.1 no\n550 5.1.1 such user"}, "dot": {"2": "450 4.0.0 later"}}:
            answers, server = hold(script)
            flow.same(results(answers), ["sent", "refused", "later"] if script else ["sent"] * 3)
    finally:
        contract.scripted.Connection = usual


def dialogue(**replies):
    """serve() for a server that answers by the verb; a reply of None ends the connection."""
    known = {"banner": b"220 x\r\n", "EHLO": b"250-x\r\n250-PIPELINING\r\n250 8BITMIME\r\n", "MAIL": b"250 ok\r\n", "RCPT": b"250 ok\r\n",
             "DATA": b"354 go\r\n", "dot": b"250 ok\r\n", "QUIT": b"221 bye\r\n", "RSET": b"250 ok\r\n", **replies}

    def serve(connection):
        file = connection.makefile("rwb", buffering=0)
        reader = connection.makefile("rb")
        file.write(known["banner"])
        while line := reader.readline():
            verb = line[:4].decode("latin-1").upper().strip()
            if known[verb] is None:
                return
            file.write(known[verb])
            if verb == "DATA" and known[verb].startswith(b"3"):
                while (text := reader.readline()) not in (b".\r\n", b""):
                    pass
                if known["dot"] is None:
                    return
                file.write(known["dot"])
    return serve


@flow.test("answers nobody asked for, NUL octets, a megabyte of words and an answer to DATA that is none end the session: nobody is refused, or sent")
def hostile_answers():
    megabyte = b"250-" + b"x" * 1000 + b"\r\n"
    for name, replies, want in (
            ("NUL in the greeting", {"banner": b"220 x\0y\r\n"}, "untried"), ("a megabyte of greeting", {"banner": b"220 " + b"x" * (1 << 20) + b"\r\n"}, "untried"),
            ("a megabyte of EHLO", {"EHLO": megabyte * 1000 + b"250 x\r\n"}, "untried"),
            ("a line too many at EHLO", {"EHLO": b"250-x\r\n" * 400 + b"250 x\r\n"}, "untried"),
            ("greeting and more", {"banner": b"220 x\r\n250 early\r\n"}, "untried"), ("EHLO and more", {"EHLO": b"250 x\r\n250 early\r\n"}, "untried"),
            ("NUL at MAIL", {"MAIL": b"250 \0\r\n"}, "later"), ("NUL at RCPT", {"RCPT": b"550 \0\r\n"}, "later"),
            ("a megabyte at RCPT", {"RCPT": b"550-5.1.1 no" + b"x" * (1 << 20) + b"\r\n550 x\r\n"}, "later"),
            ("a megabyte at the dot", {"dot": b"250 " + b"x" * (1 << 20) + b"\r\n"}, "later"),
            ("354 and the final answer at once", {"DATA": b"354 go\r\n250 taken\r\n"}, "later"),
            ("354 to the dot", {"dot": b"354 again\r\n"}, "later"), ("354 to MAIL", {"MAIL": b"354 go\r\n"}, "later"),
            ("334 to RCPT", {"RCPT": b"334 go\r\n"}, "later"), ("250 to DATA", {"DATA": b"250 ok\r\n"}, "later"),
            ("one refusal too many", {"MAIL": b"250 ok\r\n550 5.1.1 no\r\n"}, "later"),
            ("a refusal behind the recipient's", {"RCPT": b"250 ok\r\n550 5.1.1 no\r\n"}, "later"),
            ("a code of two digits", {"dot": b"25 ok\r\n"}, "later"),
            ("code 199", {"dot": b"199 ok\r\n"}, "later"), ("code 650", {"dot": b"650 ok\r\n"}, "later")):
        answers = ask(raw(dialogue(**replies)), seconds=1)
        flow.same({result for result, _ in answers.values()}, {want}, "%s: %s" % (name, answers))


@flow.test("an answer that comes one octet at a time does not hold for ever, and the words say so")
def drip():
    def serve(connection):
        connection.sendall(b"220 x\r\n")
        connection.recv(1000)
        connection.sendall(b"250-x\r\n250 8BITMIME\r\n")
        connection.recv(1000)
        for octet in b"250 " + b"s" * 10000:
            connection.sendall(bytes([octet]))
            time.sleep(0.05)
    started = time.monotonic()
    answers = ask(raw(serve), seconds=1)
    flow.same({result for result, _ in answers.values()}, {"later"})
    flow.holds(time.monotonic() - started < 9, "it took %.1f seconds" % (time.monotonic() - started))
    flow.holds(all("in time" in reply for _, reply in answers.values()), repr(answers))


@flow.test("a server that says 421 between two mails ends its session, and the next session takes who is left")
def going():
    for step in "mail", "rcpt", "data":
        answers, server = hold({step: {"2": "421 4.3.2 too many mails in one session"}})
        flow.same(results(answers), ["sent"] * 3, step)
        flow.holds(server.connections >= 2 and len(server.kept) == 3, "%d connections, %d kept" % (server.connections, len(server.kept)))
    answers, server = hold({"dot": {"2": "421 4.3.2 shutting down"}})
    flow.same(results(answers), ["sent", "later", "sent"], "a mail that was in doubt is never sent twice in one run")


@flow.test("the first server that works is used; one that is away, or refuses us, is passed over")
def fail_over():
    good, away = Server({"extensions": EVERYTHING}).start(), Server({"banner": "554 5.3.2 not here"}).start()
    wanting = Server({"extensions": EVERYTHING, "mail": "530 5.7.0 Must issue a STARTTLS command first"}).start()
    path = str(contract.work / "socket")
    local = Server({"extensions": EVERYTHING}, path=path).start()
    silent = raw(lambda connection: time.sleep(20))
    for host, server in (("127.0.0.1:1 127.0.0.1:%d" % good.port, good), ("127.0.0.1:%d 127.0.0.1:%d" % (away.port, good.port), good),
                         ("127.0.0.1:%d 127.0.0.1:%d" % (wanting.port, good.port), good),
                         ("127.0.0.1:%d localhost:%d" % (silent, good.port), good), ("unix:/nowhere unix:%s" % path, local),
                         ("[::1]:1 127.0.0.1:%d" % good.port, good), ("name.invalid 127.0.0.1:%d" % good.port, good)):
        before = len(server.kept)
        answers = ask(1, host=host, seconds=1, sessions=3)
        flow.same((results(answers), len(server.kept) - before), (["sent"] * 3, 3), host)
    answers = ask(1, host="127.0.0.1:1 127.0.0.1:%d" % away.port)
    flow.same(results(answers), ["untried"] * 3)
    flow.holds("not here" in answers[RECIPIENTS[0]][1], "the words of the last failure: %r" % answers)
    answers = ask(1, host="127.0.0.1:%d" % wanting.port)
    flow.same(results(answers), ["untried"] * 3, "what it wants of us is said of no recipient")
    flow.holds("STARTTLS" in answers[RECIPIENTS[0]][1], repr(answers))
    answers = ask(1, host="a:b:c")
    flow.same(results(answers), ["untried"] * 3)
    for server in good, away, wanting, local:
        server.stop()


@flow.test("LMTP over a unix socket: each recipient has an answer of his own")
def lmtp():
    path = str(contract.work / "lmtp")
    server = Server({"extensions": EVERYTHING, "dot": {"2": "552 5.2.2 mailbox full"}}, path=path).start()
    folder = contract.work / "lmtp-site"
    answers = contract.send(contract.configure(folder, "smtp", 1, host="unix:" + path, protocol="lmtp", sessions=1), senders=BULK)
    flow.same([result for _, result, _ in answers], ["sent", "refused", "sent"])
    flow.holds(commands(server, "LHLO") and not commands(server, "EHLO"), "it says LHLO")
    server.stop()


@flow.test("DSN, SIZE, BODY and SMTPUTF8 are said as the server offers them, and to nobody else")
def parameters():
    greek = ["νίκος@dimos.example.gr", "a+b=c@dimos.example.gr", "maria@dimos.example.gr"]
    answers, server = hold(recipients=greek, senders=["x@groups.example.gr", "x@groups.example.gr", ""])
    flow.same(results(answers, greek), ["sent"] * 3)
    mails, recipients = commands(server, "MAIL"), commands(server, "RCPT")
    flow.same(len(mails), 2, "the first two share a transaction")
    flow.holds(mails[0].endswith("RET=HDRS ENVID=diktyo-0-4") and " SMTPUTF8 " in mails[0] and " BODY=8BITMIME " in mails[0] and " SIZE=" in mails[0], mails[0])
    flow.holds(" SMTPUTF8" not in mails[1] and mails[1].startswith("MAIL FROM:<> "), mails[1])
    flow.same(recipients, ["RCPT TO:<νίκος@dimos.example.gr> NOTIFY=FAILURE,DELAY ORCPT=utf-8;νίκος@dimos.example.gr",
                           "RCPT TO:<a+b=c@dimos.example.gr> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb+3Dc@dimos.example.gr",
                           "RCPT TO:<maria@dimos.example.gr> NOTIFY=NEVER ORCPT=rfc822;maria@dimos.example.gr"])
    answers, server = hold({"extensions": []}, recipients=greek[1:], senders=BULK[:2], body=b"x\r\n")
    flow.same(commands(server, "RCPT"), ["RCPT TO:<%s>" % one for one in greek[1:]])
    flow.same(commands(server, "MAIL")[0], "MAIL FROM:<%s>" % BULK[0])


@flow.test("what a server cannot take is not tried: addresses outside ASCII and too large mails are refused, 8-bit text waits")
def hindrances():
    greek = ["νίκος@dimos.example.gr", "maria@dimos.example.gr"]
    answers, server = hold({"extensions": ["PIPELINING", "8BITMIME"]}, recipients=greek)
    flow.same(results(answers, greek), ["refused", "sent"])
    flow.holds("SMTPUTF8" in answers[greek[0]][1] and len(server.kept) == 1, repr(answers))
    for extensions, want, word in (["8BITMIME", "SIZE 1000"], "refused", "SIZE"), (["PIPELINING"], "later", "8BITMIME"):
        answers, server = hold({"extensions": extensions})
        flow.same(results(answers), [want] * 3)
        flow.holds(word in answers[RECIPIENTS[0]][1] and not commands(server, "MAIL"), repr(answers))


@flow.test("no more sessions are opened than may be, than there is work for, and than the server takes")
def sessions():
    many = ["p%d@dimos.example.gr" % i for i in range(60)]
    answers, server = hold({"dot": "250 2.0.0 ok"}, recipients=many, sessions=4)
    flow.same((set(results(answers, many)), server.connections <= 4, len(server.kept)), ({"sent"}, True, 60))
    _, server = hold(recipients=many[:2], sessions=8)
    flow.holds(server.connections <= 2, "%d connections for two mails" % server.connections)
    taken = []

    def serve(connection):
        taken.append(connection)
        if len(taken) > 2:
            connection.sendall(b"421 4.7.0 too many connections\r\n")
            return
        dialogue()(connection)
    port = raw(serve)
    folder = contract.work / "limited"
    answers = contract.send(contract.configure(folder, "smtp", port, sessions=6), recipients=many)
    flow.same({result for _, result, _ in answers}, {"sent"}, repr(answers[:3]))


@flow.test("a limit per destination holds for a domain, and does not hold up the others")
def per_destination():
    under_way, most, lock = {}, {}, threading.Lock()

    def serve(connection):
        reader = connection.makefile("rb")
        connection.sendall(b"220 x\r\n")
        domain = None
        while line := reader.readline():
            if line.startswith(b"EHLO"):
                connection.sendall(b"250-x\r\n250 8BITMIME\r\n")
            elif line.startswith(b"RCPT"):
                domain = line.split(b"@")[1].split(b">")[0].decode()
                with lock:
                    under_way[domain] = under_way.get(domain, 0) + 1
                    most[domain] = max(most.get(domain, 0), under_way[domain])
                connection.sendall(b"250 ok\r\n")
            elif line == b"DATA\r\n":
                connection.sendall(b"354 go\r\n")
                while reader.readline() not in (b".\r\n", b""):
                    pass
                time.sleep(0.02)
                with lock:
                    under_way[domain] -= 1
                connection.sendall(b"250 ok\r\n")
            else:
                connection.sendall(b"250 ok\r\n")
    many = ["p%d@big.example.gr" % i for i in range(20)] + ["q%d@small.example.gr" % i for i in range(20)]
    configuration = contract.configure(contract.work / "limit", "smtp", raw(serve), sessions=6)
    configuration.write_text(configuration.read_text().replace("[delivery]", "[delivery]\nper_destination = 2"))
    answers = contract.send(configuration, recipients=many)
    flow.same({result for _, result, _ in answers}, {"sent"})
    flow.same(most, {"big.example.gr": 2, "small.example.gr": 2}, "transactions at once")


def own_lines(mail):
    """A mail as it was sent: without what Postfix put before it, with CR LF."""
    return mail[mail.index(HEAD.split(b"\r\n")[0]):].replace(b"\n", b"\r\n")


@flow.test("through a real Postfix, personal copies and one transaction for all, 8-bit text and addresses outside ASCII arrive octet for octet")
def through_postfix():
    if flow.why_no_postfix():
        flow.skip(flow.why_no_postfix())
    people = RECIPIENTS + ["ελένη@dimos.example.gr"]  # Postfix looks for νίκοσ, folded, where νίκος is written
    head = HEAD.replace(b"Broken line without a colon\r\n", b"")  # where a header ends for Postfix
    postfix = flow.Postfix(people)
    body = BODY.replace(b"\x00", b"").replace(b"m" * 5000, b"m" * 900)  # Postfix cuts longer lines, and takes NUL for the end of one
    for senders in [one + "@groups.example.gr" for one in "abcd"], ["bulk@groups.example.gr"] * 4:
        before = len(postfix.arrived())
        folder = contract.configure(contract.work / ("postfix%d" % next(numbers)), "smtp", postfix.port)
        answers = contract.send(folder, head, body, people, senders)
        flow.same({result for _, result, _ in answers}, {"sent"}, repr(answers))
        arrived = flow.until(30, "all have arrived", lambda: len(postfix.arrived()) >= before + 4 and postfix.arrived()[:])
        for person in people:
            mine = [mail for whose, mail in arrived if whose == person]
            flow.holds(mine and own_lines(mine[-1]) == head + body, "%s: %r" % (person, mine[-1:]))
            flow.holds(b"Return-Path: <%s>" % senders[people.index(person)].encode() in {mail.split(b"\n")[0] for mail in mine}, "his own sender")
    answers = contract.send(folder, head, body, recipients=["nobody@dimos.example.gr", people[0]], senders=["bulk@groups.example.gr"] * 2)
    flow.same([result for _, result, _ in answers], ["refused", "sent"])


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    flow.main()
