#!/usr/bin/env -S python3 -B
# One contract for every relay behind src/deliver/relay.h, held against a server that answers by script at each step of the
# dialogue, and against Maildirs. What a relay says of a recipient must be what a careful client would say: sent only
# after this recipient's own 2xx to the final dot, refused only on a 5xx that is about him or the message, otherwise later.
# What libESMTP cannot be cured of stands in EXCEPTIONS, with the reason, and may only turn sent or refused into later. Our own
# client has no exceptions. What was not begun is untried: it waits, and no attempt is counted.
import concurrent.futures
import importlib.machinery
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, "tests/tools")
from whole import part

DRIVER = os.environ.get("RELAY_DRIVER", "build/plain/tools/relay_driver")
RECIPIENTS = ["maria@dimos.example.gr", "nikos@dimos.example.gr", "eleni@perifereia.example.gr"]
HEAD = ("Received: from a by b; Mon, 23 Nov 2026 09:00:00 +0200\r\nReceived: from c by d; Mon, 23 Nov 2026 08:59:00 +0200\r\n"
        "List-Id: <perivallon.groups.example.gr>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0200\r\n"
        "From: =?utf-8?b?zpzOsc+Bzq/OsQ==?= <maria@dimos.example.gr>\r\nTo: perivallon@groups.example.gr\r\nsubject:\r\n"
        " folded\r\n\tover lines\r\nMessage-ID: <1@dimos.example.gr>\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "X-Empty:\r\nBroken line without a colon\r\nMIME-Version: 1.0\r\n\r\n").encode()
BODY = "Καλημέρα σας,\r\n.\r\n..\r\n. τελεία\r\n\r\nFrom τώρα \r\n\tτέλος\r\n".encode() + b"\xe1\xe2\xff\x00\r\n" + b"m" * 5000 + b"\r\n.\r\n"

loader = importlib.machinery.SourceFileLoader("scripted_smtp", "tests/tools/scripted-smtp")
scripted = importlib.util.module_from_spec(importlib.util.spec_from_loader("scripted_smtp", loader))
loader.exec_module(scripted)
scripted.DRIP = 0.02
work = pathlib.Path(tempfile.mkdtemp(prefix="relay-contract."))
count = {"checks": 0, "failed": 0}


def check(sentence, faults, looked_at):
    """One TAP line; a check that looked at nothing is a failure."""
    count["checks"] += 1
    good = not faults and looked_at > 0
    count["failed"] += not good
    print("%s %d - %s (%d)" % ("ok" if good else "not ok", count["checks"], sentence, looked_at))
    for fault in faults[:12]:
        print("#   " + fault)
    if not looked_at:
        print("#   nothing was looked at")


def configure(folder, kind, port=25, **relay):
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"host": "127.0.0.1", "seconds": 5, **({"sessions": 1} if kind == "smtp" else {}), **relay}
    lines = ["[site]", "domain = groups.example.gr", "[relay]", "kind = " + kind, "port = %d" % port]
    lines += ["%s = %s" % pair for pair in settings.items()] + ["[delivery]", "lease_seconds = 10", ""]
    (folder / "diktyo.conf").write_text("\n".join(lines))
    return folder / "diktyo.conf"


def send(configuration, head=HEAD, body=BODY, recipients=None, senders=None, environment=None):
    """What the relay answered: [(recipient, result, reply)] in the order of the answers."""
    recipients = RECIPIENTS if recipients is None else recipients
    senders = senders or ["perivallon-bounces+k%d@groups.example.gr" % i for i in range(len(recipients))]
    folder = configuration.parent
    (folder / "head").write_bytes(head)
    (folder / "body").write_bytes(body)
    pairs = [word for pair in zip(senders, recipients) for word in pair]
    command = [DRIVER, str(configuration), str(folder / "head"), str(folder / "body")] + pairs
    run = subprocess.run(command, capture_output=True, timeout=60, env={**os.environ, **(environment or {})}, check=False)
    if run.returncode != 0 or run.stderr:
        raise RuntimeError("the driver ended with %d: %s" % (run.returncode, run.stderr.decode("utf-8", "replace")[:500]))
    text = run.stdout.decode("utf-8")  # valid UTF-8 is part of the contract
    answers = [line.split(" ", 2) for line in text.split("\n")[:-1]]
    for answer in answers:
        if len(answer) != 3 or not answer[2] or len(answer[2].encode()) > 500 or re.search(r"[\x00-\x1f\x7f-\x9f]", answer[2]):
            raise RuntimeError("not one clean line of reply: %r" % answer)
    return [(urllib.parse.unquote(recipient), result, reply) for recipient, result, reply in answers]


# --- every step × every behaviour ------------------------------------------------------------------------------------

GOOD = {"mail": "250 2.1.0 ok", "rcpt": "250 2.1.5 ok", "data": "354 go on", "dot": "250 2.0.0 ελήφθη"}
OFFERS = {
    "nothing much": ["8BITMIME"],
    "pipelining": ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 10000000"],
    "chunking": ["CHUNKING", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN", "BINARYMIME"],
}


def step_behaviours(step):
    """For a step of a mail's transaction: behaviour → (what becomes of this mail, whether the session goes on)."""
    good = GOOD[step]
    known = {
        good: ("sent", True),
        good.replace(" ", "-", 1) + "\n" + good: ("sent", True),
        "drip:" + good: ("sent", True),
        "bare:" + good: ("sent", True),
        "huge:" + good[:3]: ("sent", True),
        "450 4.2.0 αργότερα": ("later", True),
        "450-4.2.0 a\n450 4.2.0 b": ("later", True),
        "421 4.3.2 shutting down": ("later", True),
        "550 5.1.1 δεν υπάρχει": ("refused", True),
        "550-5.7.1 a\n550 5.7.1 b": ("refused", True),
        "huge:550": ("refused", True),
        "530 5.7.0 log in first": ("later", True),
        "503 5.5.1 out of step": ("later", True),
        "drop": ("later", False),
        "silence": ("later", False),
        "garbage": ("later", False),
        "cut:" + good: ("later", False),
        "cut:" + good[:3]: ("later", False),
        "cut:450 4.2.0 arg": ("later", False),
        "cut:550 5.1.1 den": ("later", False),
        "cut:550-5.1.1 den\r\n": ("later", False),
        "250-2.0.0 a\n550 5.0.0 b": ("later", False),
        # A second answer that nobody asked for: a client that went on would take it for the answer to its next command.
        good + "\n550 5.1.1 smuggled": (("sent" if step == "dot" else "later"), False),
    }
    if step == "data":
        known["250 2.0.0 ok"] = ("later", False)
    return known


# (step, behaviour) as patterns → why, and what it becomes instead. Every one of them errs towards waiting.
EXCEPTIONS = [
    (r"mail|rcpt|data|dot", r"huge:", "libESMTP cuts an answer at 1,023 octets and takes the rest for the next one: we leave",
     ("later", False)),
]


def expected(kind, offer, step, behaviour, position):
    """The three results by the rules, and by the exceptions where one applies: (rules, allowed). When the connection is lost, libESMTP gives the
    others back; our client opens another one for them, where the server counts from 1 again."""
    def run(fate, goes_on):
        results, alive, number, misled = [], True, 0, False
        for _ in range(3):
            number += 1
            hit = alive and not misled and position in (number, "every")
            ends = misled or (hit and (not goes_on or (kind == "smtp" and behaviour.startswith("421"))))
            # Behind a mail that was taken, a connection may end: who had not been heard of then has the first turn on the next.
            dismissed = behaviour.startswith("421") and step != "dot"
            if kind == "smtp" and hit and ends and number > 1 and (dismissed or (step == "mail" and not (surplus and pipelined))):
                number, hit = 1, position == "every"
                ends = hit
            results.append("later" if not alive or misled else fate if hit else "sent")
            # A surplus answer to the dot is taken for that to the next envelope, which is under way already.
            misled = hit and surplus and pipelined and step == "dot"
            if ends and not misled:
                alive, number = kind == "smtp", 0
        return results
    # What a server wants of us is said of no mail. On the next connection it counts from 1 again, so only its first would be asked for for ever.
    if kind == "smtp" and step == "mail" and behaviour.startswith("530"):
        rules = ["untried" if position in (1, "every") else "sent"] * 3
        return rules, [rules]
    surplus, pipelined = "smuggled" in behaviour, kind == "smtp" and "PIPELINING" in OFFERS[offer]
    rules = run(*step_behaviours(step)[behaviour])
    if kind == "smtp":
        return rules, [rules]
    for steps, behaviours, _, instead in EXCEPTIONS:
        if re.fullmatch(steps, step) and re.match(behaviours, behaviour):
            return rules, [rules, run(*instead)]
    return rules, [rules]


def hold(kind, number, script, certificate=None, **settings):
    """One run against a server of its own: the answers and the server."""
    environment = settings.pop("environment", None)
    message = {name: settings.pop(name) for name in ("head", "body", "recipients", "senders") if name in settings}
    server = scripted.Server(script, None, certificate).start()
    if "silence" in str(script):
        settings["seconds"] = 1
    try:
        configuration = configure(work / ("session-%s-%s" % (kind, number)), kind, server.port, **settings)
        return send(configuration, environment=environment, **message), server
    finally:
        server.stop()


def kept_faults(answers, server, where, ordered=True):
    """Who was told sent must have the mail, octet for octet, under his own envelope sender; who was refused must not."""
    faults = []
    for i, (recipient, result, _) in enumerate(answers):
        number = RECIPIENTS.index(recipient)
        mine = [text for text, envelope in server.kept if [line.split(" NOTIFY=")[0] for line in envelope["rcpt"]] == ["RCPT TO:<%s>" % recipient]
                and envelope["mail"].startswith("MAIL FROM:<perivallon-bounces+k%d@groups.example.gr>" % number)]
        if i != number and ordered:
            faults.append("%s: answers out of order" % where)
        if result == "sent" and mine != [HEAD + BODY]:
            faults.append("%s: %s was told sent, and the server has %d" % (where, recipient, len(mine)))
        if result == "refused" and mine:
            faults.append("%s: %s was told refused, and the server has it" % (where, recipient))
    if any(line.upper().startswith(b"BDAT") for _, line in server.commands):
        faults.append("%s: BDAT was used" % where)
    return faults


def one_step(case):
    number, kind, offer, step, behaviour, position = case
    where = "%s, %s, %s %s: %s" % (kind, offer, step, position, behaviour.replace("\n", "|").replace("\r", ""))
    script = {"extensions": OFFERS[offer], step: behaviour if position == "every" else {str(position): behaviour}}
    try:
        answers, server = hold(kind, number, script)
    except (RuntimeError, subprocess.TimeoutExpired) as failure:
        return ["%s: %s" % (where, failure)], False
    rules, allowed = expected(kind, offer, step, behaviour, position)
    faults = kept_faults(answers, server, where, kind == "esmtp")
    results = [next(result for recipient, result, _ in answers if recipient == wanted) for wanted in RECIPIENTS]
    if kind == "esmtp":  # of libESMTP we only know that its child died, so what is in doubt and what was not begun are one
        results = [result.replace("untried", "later") for result in results]
    if results not in allowed:
        faults.append("%s: %s, not %s (%s)" % (where, " ".join(results), " ".join(rules), answers[0][2]))
    return faults, results != rules


def every_step():
    cases = [(kind, offer, step, behaviour, position) for kind in ("esmtp", "smtp") for offer in OFFERS for step in GOOD for behaviour in step_behaviours(step)
             for position in (1, 2, 3, "every")]
    whole = len(cases)
    cases = [(number,) + case for number, case in enumerate(part(cases, 5))]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(one_step, cases))
    used = sum(excepted for _, excepted in outcomes)
    check("mail, rcpt, data and the final dot × what a server may answer × which of three mails: each recipient's own result",
          [fault for faults, _ in outcomes for fault in faults], len(cases))
    print("# %d of %d combinations, %d of them under a named exception:" % (len(cases), whole, used))
    for steps, behaviours, reason, _ in EXCEPTIONS:
        print("#   %s × %s %s" % (steps, behaviours, reason))
    return len(cases)


def session_steps():
    """Steps that are about the server, not about a recipient: nobody is ever refused for them."""
    bad = ["450 4.3.2 later", "554 5.3.2 not here", "drop", "silence", "garbage", "cut:220 scr", "cut:554 5.3", "huge:220", "huge:554",
           "220 one\n220 two\n550 three", "354 what"]
    cases = [("banner", behaviour, "untried") for behaviour in bad]
    cases += [("ehlo", behaviour.replace("220", "250"), "untried") for behaviour in bad] + [("ehlo", "550 5.7.1 no", "untried")]
    cases += [("ehlo", code + " 5.5.1 what", "sent-7bit") for code in ("500", "502")]
    cases += [("quit", behaviour, "sent") for behaviour in ("450 no", "550 no", "drop", "silence", "garbage", "cut:221 by", "huge:221")]
    cases += [("banner", "drip:220 slow", "sent"), ("banner", "220-two\n220 lines", "sent"), ("rset", "drop", "sent")]
    cases = [(kind, *case) for kind in ("esmtp", "smtp") for case in cases]

    def one(numbered):
        number, (kind, step, behaviour, want) = numbered
        if kind == "smtp" and behaviour == "huge:220" and step == "banner":
            want = "sent"  # a greeting of 100,000 letters is still a greeting
        if kind == "smtp" and behaviour == "huge:250" and step == "ehlo":
            want = "later"  # and so is an EHLO of one line: but 8BITMIME is not offered there
        message = {"body": b"only ASCII\r\n", "head": HEAD} if want == "sent-7bit" else {}
        answers, server = hold(kind, "s%d" % number, {step: behaviour}, **message)
        wrong = [answer for answer in answers if answer[1] != want.split("-")[0]]
        faults = ["%s %s %s: %s" % (kind, step, behaviour, wrong)] if wrong or len(answers) != 3 else []
        return faults + ([] if message else kept_faults(answers, server, step + " " + behaviour, kind == "esmtp"))
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        faults = [fault for some in pool.map(one, enumerate(cases)) for fault in some]
    check("banner, EHLO and QUIT refuse nobody: what is wrong with the server is no attempt for anyone", faults, len(cases))
    return len(cases)


def no_server():
    faults, looked = [], 0
    for kind in ("esmtp", "smtp"):
        with scripted.socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            refused = send(configure(work / ("refused-" + kind), kind, closed.getsockname()[1]))
            closed.listen(0)
            fill = [scripted.socket.socket() for _ in range(3)]  # a full backlog: SYN is dropped, as by a firewall
            for each in fill:
                each.setblocking(False)
                each.connect_ex(closed.getsockname())
            started = time.monotonic()
            dropped = send(configure(work / ("dropped-" + kind), kind, closed.getsockname()[1], seconds=1))
            took = time.monotonic() - started
        faults += [repr(answer) for answer in refused if answer[1] != "untried" or "refused" not in answer[2]]
        faults += [repr(answer) for answer in dropped if answer[1] != "untried" or "no connection" not in answer[2]]
        faults += ["it took %.1f seconds" % took] if took > 6 else []
        looked += len(refused) + len(dropped)
    check("a server that is away, or drops our packets, is no attempt for anyone, in time, and the reply says so", faults, looked)


# --- octets ---------------------------------------------------------------------------------------------------------

DATE, SENDER, ID = b"Date: Mon, 23 Nov 2026 09:00:00 +0200\r\n", b"From: a@example.gr\r\n", b"Message-ID: <1@example.gr>\r\n"
WHOLE = DATE + SENDER + ID
# What libESMTP does to a header, whatever it is told: name → (head that goes in, pattern of what comes out).
EDITS = {
    "a second To, Cc, Bcc, Sender, Reply-To or From field is dropped":
        (WHOLE + b"To: a@x.gr\r\nX: 1\r\nto: b@x.gr\r\nCc: c@x.gr\r\nCC: d@x.gr\r\nFrom: e@x.gr\r\nReply-To: f@x.gr\r\nReply-To: g@x.gr\r\n\r\n",
         re.escape(WHOLE + b"To: a@x.gr\r\nX: 1\r\nCc: c@x.gr\r\nReply-To: f@x.gr\r\n\r\n")),
    "a second Date or Message-ID field is dropped":
        (WHOLE + b"Date: now\r\nMessage-Id: <2@x.gr>\r\n\r\n", re.escape(WHOLE + b"\r\n")),
    "Return-Path and Original-Recipient fields are dropped":
        (b"Return-Path: <a@x.gr>\r\nOriginal-Recipient: rfc822; a@x.gr\r\n" + WHOLE + b"\r\n", re.escape(WHOLE + b"\r\n")),
    "Date, From and Message-Id are added when there is none":
        (b"Subject: x\r\n\r\n", rb"Subject: x\r\nDate: [^\r\n]+\r\nFrom: \S+\r\nMessage-Id: <\S+>\r\n\r\n"),
}
KEPT = {
    "many Received, Resent-, Content- and unknown fields": WHOLE + b"Received: a\r\n" * 30 + b"Resent-To: a\r\n" * 2 + b"X-A: 1\r\n" * 3
    + b"Subject: a\r\nSubject: b\r\nReferences: <a>\r\n <b>\r\nReferences: <c>\r\nDKIM-Signature: v=1;\r\n b=a\r\nDKIM-Signature: v=1; b=b\r\n\r\n",
    "odd case, blanks before the colon, 8-bit letters, leading dots":
        b"dAtE : x\r\n.dot: x\r\nSubject: " + "Ελλάδα".encode() + b" \xe1\r\nX:\r\n\t\r\n" + WHOLE + b"\r\n",
    "a header line of 50,000 octets": WHOLE + b"X: " + b"x" * 50000 + b"\r\n\r\n",
}
BODIES = {
    "empty": b"", "one empty line": b"\r\n", "dots": b".\r\n..\r\n.\r\n", "NUL and control octets": bytes(range(1, 10)) + b"\x00\x1b\r\n",
    "all octets above 127": bytes(range(128, 256)) * 20 + b"\r\n", "a line of 500,000 octets": b"x" * 500000 + b"\r\n",
    "3,000,000 octets in lines": b"a line of some length, again and again and again\r\n" * 60000,
    "a smuggled end": b"one\r\n.x\r\n..\r\n", "looks like SMTP": b"DATA\r\nQUIT\r\nBDAT 0 LAST\r\n",
}


def octets():
    cases = [("head: " + name, head, b"text\r\n") for name, head in KEPT.items()] + [("body: " + name, HEAD, body) for name, body in BODIES.items()]
    faults = []
    for number, (name, head, body) in enumerate(cases):
        for kind in ("esmtp", "smtp"):
            answers, server = hold(kind, "o%d" % number, {}, head=head, body=body)
            if [text for text, _ in server.kept] != [head + body] * 3 or [result for _, result, _ in answers] != ["sent"] * 3:
                faults.append("%s changes %s: %s" % (kind, name, answers[0]))
        folder = work / ("maildir-o%d" % number)
        send(configure(folder, "maildir"), head=head, body=body)
        found = [file.read_bytes() for file in folder.glob("mail/*/new/*")]
        if len(found) != 3 or {text.split(b"\n", 1)[1] for text in found} != {(head + body).replace(b"\r\n", b"\n")}:
            faults.append("maildir changes %s" % name)
    check("what goes in comes out, octet for octet, by SMTP and in Maildirs", faults, 3 * len(cases))
    faults = []
    for number, (name, (head, pattern)) in enumerate(EDITS.items()):
        _, server = hold("esmtp", "e%d" % number, {}, head=head, body=b"text\r\n")
        _, ours = hold("smtp", "e%d" % number, {}, head=head, body=b"text\r\n")
        if [text for text, _ in ours.kept] != [head + b"text\r\n"] * 3:
            faults.append("our client edits too: %s" % name)
        if not all(re.fullmatch(pattern + rb"text\r\n", text) for text, _ in server.kept) or len(server.kept) != 3:
            faults.append("%s: %r" % (name, server.kept[:1]))
    check("libESMTP's edits of a header are those that are named, and no others", faults, len(EDITS))
    for name in EDITS:
        print("#   named exception: " + name)


# --- what no relay may be handed, and Maildirs -----------------------------------------------------------------------

def guarded():
    good, sender = "maria@dimos.example.gr", "g-bounces+1@groups.example.gr"
    cases = [(HEAD, BODY, recipient, sender, "refused") for recipient in
             ("a@b.gr>\r\nRCPT TO:<c@d.gr", "a b@c.gr", "@c.gr", "a@", "<a@c.gr>", "Maria@C.gr", "a@b.gr\n", "..", "../x@c.gr/y")]
    cases += [(HEAD, BODY, good, bad, "refused") for bad in ("a@b.gr> SIZE=1", "x\r\n@y.gr", "a")]
    cases += [(head, body, good, sender, "later") for head, body in (
        (HEAD, b"bare\n.\nlf\r\n"), (HEAD, b"bare\rcr\r\n"), (HEAD, b"no end"), (HEAD, b"end\r"), (HEAD[:-2], BODY), (b"", BODY),
        (HEAD.replace(b"\r\n", b"\n"), BODY), (HEAD + b"X: y\r\n\r\n", BODY), (b"\r\n" + HEAD, BODY))]
    cases += [(HEAD, BODY, good, "", "sent")]
    faults, looked = [], 0
    server = scripted.Server().start()
    for kind in ("esmtp", "smtp", "maildir"):
        for number, (head, body, recipient, envelope, want) in enumerate(cases):
            folder = work / ("guard-%s-%d" % (kind, number))
            answers = send(configure(folder, kind, server.port), head, body, [recipient, "nikos@x.gr"], [envelope, sender])
            looked += 1
            results = {answer[0]: answer[1] for answer in answers}
            if results != {recipient: want, "nikos@x.gr": "later" if want == "later" else "sent"}:
                faults.append("%s %r %r: %s" % (kind, recipient, envelope, answers))
            stored = [str(path) for path in folder.rglob("new/*") if "nikos" not in str(path)]
            if kind == "maildir" and len(stored) != (1 if want == "sent" else 0):
                faults.append("%s %r: %s" % (kind, recipient, stored))
    server.stop()
    commands = b"\n".join(line for _, line in server.commands)
    check("addresses and texts that are not canonical reach no relay, and the others of the job are sent",
          faults + (["the server saw an address that is none"] if b"c@d.gr" in commands or b"SIZE=1>" in commands else []), looked)


def maildirs():
    folder = work / "maildirs"
    configuration, mail = configure(folder, "maildir"), folder / "mail"
    first = send(configuration)
    files = sorted(mail.glob("*/new/*"))
    faults = [repr(answer) for answer in first if answer[1] != "sent"]
    for file in files:
        number = RECIPIENTS.index(file.parts[-3])
        if not file.read_bytes().startswith(b"Return-Path: <perivallon-bounces+k%d@groups.example.gr>\n" % number):
            faults.append("%s: no Return-Path of its own" % file)
    modes = {path: path.stat().st_mode & 0o777 for path in mail.rglob("*")}
    faults += ["%s is %o" % (path, mode) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)]
    faults += ["%s is left in tmp" % path for path in mail.glob("*/tmp/*")]
    check("each recipient has a Maildir with one mail, closed to others, under his own envelope sender", faults, len(files))
    shutil.rmtree(mail / RECIPIENTS[1] / "new")
    (mail / RECIPIENTS[1] / "new").write_text("in the way")
    shutil.rmtree(mail / RECIPIENTS[2])
    (mail / RECIPIENTS[2]).symlink_to("/tmp")
    second = [answer[1] for answer in send(configuration)]
    shutil.rmtree(mail)
    mail.write_text("in the way")
    third = [answer[1] for answer in send(configuration)]
    check("a Maildir that cannot be written is later for its owner only, and all of them for all",
          [repr(results) for results, want in ((second, ["sent", "later", "later"]), (third, ["later"] * 3)) if results != want], 6)


# --- TLS and login ----------------------------------------------------------------------------------------------------

def certificate(name, subject):
    """A key with a certificate signed by itself, for `subject` (DNS:… or IP:…)."""
    file = work / (name + ".pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=relay", "-addext", "subjectAltName=" + subject, "-keyout", str(file) + ".key", "-out", str(file) + ".crt"],
                   check=True, capture_output=True)
    file.write_text(pathlib.Path(str(file) + ".key").read_text() + pathlib.Path(str(file) + ".crt").read_text())
    return file


def encrypted():
    known, other = certificate("known", "DNS:localhost,IP:127.0.0.1"), certificate("other", "DNS:elsewhere.example.gr")
    login = {"user": "diktyo", "password": "μυστικό"}
    cases = [  # sentence, certificate, trusted, script, settings, result
        ("verified name", known, known, {}, {"host": "localhost"}, "sent"),
        ("verified IP address", known, known, {}, {"host": "127.0.0.1"}, "sent"),
        ("verified name and login", known, known, {}, {"host": "localhost", **login}, "sent"),
        ("login refused", known, known, {"auth": "535 5.7.8 λάθος"}, {"host": "localhost", **login}, "later"),
        ("login later", known, known, {"auth": "454 4.7.0 not now"}, {"host": "localhost", **login}, "later"),
        ("unknown signer", known, other, {}, {"host": "localhost"}, "later"),
        ("another name", other, other, {}, {"host": "localhost"}, "later"),
        ("STARTTLS not offered", None, known, {}, {"host": "localhost", **login}, "later"),
        ("STARTTLS refused", known, known, {"starttls": "454 4.7.0 no"}, {"host": "localhost", **login}, "later"),
        ("STARTTLS without an answer", known, known, {"starttls": "drop"}, {"host": "localhost"}, "later"),
        ("STARTTLS with EHLO refused", known, known, {"ehlo": {"1": "502 5.5.1 what"}}, {"host": "localhost", **login}, "later"),
        ("plain text behind the answer to STARTTLS", known, known, {"starttls": "220 go\n250 smuggled"}, {"host": "localhost"}, "later"),
    ]
    cases = [case[:5] + ("untried" if case[5] == "later" else case[5],) for case in cases]
    faults = []
    for number, (kind, (sentence, mine, trusted, script, settings, want)) in enumerate((kind, case) for kind in ("esmtp", "smtp") for case in cases):
        answers, server = hold(kind, "t%d" % number, script, mine and str(mine), tls="must", **settings,
                               environment={"SSL_CERT_FILE": str(trusted) + ".crt", "SSL_CERT_DIR": "/nonexistent"})
        sent_mail = any(line.upper().startswith(b"MAIL") for _, line in server.commands)
        if [result for _, result, _ in answers] != [want] * 3 or sent_mail != (want == "sent"):
            faults.append("%s, %s: %s" % (kind, sentence, answers))
        if want == "sent" and len(server.kept) != 3:
            faults.append("%s: %d mails" % (sentence, len(server.kept)))
    check("tls = must sends over a verified connection, after the login, or says not even MAIL", faults, 2 * len(cases))


# --- sessions ---------------------------------------------------------------------------------------------------------

SHIM = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>
int setsockopt(int s, int level, int name, const void *value, socklen_t size) {
    int (*real)(int, int, int, const void *, socklen_t) = (int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");
    return level == IPPROTO_TCP ? 0 : real(s, level, name, value, size);
}
"""


def sessions():
    many = ["person%d@dimos.example.gr" % i for i in range(250)]
    answers, server = hold("esmtp", "many", {}, recipients=many)
    check("250 recipients are sent to in three sessions, each told once, in order",
          ([] if [a[0] for a in answers] == many and {a[1] for a in answers} == {"sent"} else [repr(answers[:3])]) +
          ([] if server.connections == 3 and len(server.kept) == 250 else ["%d connections" % server.connections]), len(answers))
    started = time.monotonic()
    answers, server = hold("esmtp", "slow", {"dot": "drip:250 2.0.0 a slow server taking its time and then some more of it, and more"}, recipients=many)
    took, told = time.monotonic() - started, [a[1] for a in answers]
    check("a session ends between two mails long before its lease does, and the rest waits",
          ([] if told == sorted(told, key=["sent", "later", "untried"].index) and set(told) - {"later"} == {"sent", "untried"} and told.count("later") < 2 else [" ".join(told)]) +
          ([] if told.count("sent") == len(server.kept) else ["%d sent, %d kept" % (told.count("sent"), len(server.kept))]) +
          (["it took %.1f of 10 seconds" % took] if took > 9 else []), told.count("sent"))
    source, shim = work / "shim.c", work / "shim.so"
    source.write_text(SHIM)
    built = subprocess.run(["cc", "-shared", "-fPIC", "-o", str(shim), str(source)], capture_output=True, check=False).returncode == 0
    for name, environment in [("with TCP_NODELAY", {})] + ([("without", {"LD_PRELOAD": str(shim)})] if built and "asan" not in DRIVER else []):
        started = time.monotonic()
        answers, server = hold("esmtp", "nodelay", {}, recipients=many[:100], environment=environment)
        print("#   %s: %d messages in one session, %.0f a second" % (name, len(server.kept), len(server.kept) / (time.monotonic() - started)))


def killed(whom):
    """Kills the sender (or its child) after two answers of a slow session: what was answered, and what the server has in the end."""
    server = scripted.Server({"dot": "drip:250 2.0.0 a slow server taking its time"}).start()
    configuration = configure(work / ("killed-" + whom), "esmtp", server.port)
    (configuration.parent / "head").write_bytes(HEAD)
    (configuration.parent / "body").write_bytes(BODY)
    pairs = [word for recipient in RECIPIENTS * 3 for word in ("k@groups.example.gr", recipient)]
    process = subprocess.Popen([DRIVER, str(configuration), str(configuration.parent / "head"), str(configuration.parent / "body")] + pairs,
                               stdout=subprocess.PIPE, text=True)
    answers = [process.stdout.readline().split(" ", 2) for _ in range(2)]
    children = pathlib.Path("/proc/%d/task/%d/children" % (process.pid, process.pid)).read_text(encoding="ascii").split()
    os.kill(process.pid if whom == "sender" else int(children[0]), 9)
    answers += [line.split(" ", 2) for line in process.stdout]
    process.wait()
    time.sleep(1.5)
    server.stop()
    return [answer[1] for answer in answers if len(answer) == 3], len(server.kept), [answer[-1] for answer in answers]


def deaths():
    told, kept, _ = killed("sender")
    faults = [] if told == ["sent"] * len(told) and len(told) <= kept <= len(told) + 1 else ["sender: %s, and %d kept" % (told, kept)]
    mine, kept, replies = killed("child")
    if mine.count("sent") > kept or kept > mine.count("sent") + 1 or mine != ["sent"] * mine.count("sent") + ["later"] + ["untried"] * (8 - mine.count("sent")):
        faults.append("child: %s, and %d kept" % (mine, kept))
    if replies[-1] != "the connection ended before the answer\n":
        faults.append("child: %r" % replies[-1])
    check("when the sender or the library dies, one mail at most is with the server that nobody knows of", faults, len(told) + len(mine))


def doctor():
    faults, server = [], scripted.Server().start()
    asked = [(configure(work / "c1", "esmtp", server.port), 0, ""), (configure(work / "c2", "esmtp", 1), 1, "port 1 "),
             (configure(work / "c6", "smtp", server.port), 0, ""), (configure(work / "c7", "smtp", 1), 1, "port 1 "),
             (configure(work / "c8", "smtp", server.port, tls="must"), 1, "STARTTLS"),
             (configure(work / "c3", "maildir"), 0, ""), (configure(work / "c4", "maildir", maildirs="/proc/mail"), 1, "/proc/mail"),
             (configure(work / "c5", "esmtp", server.port, tls="must"), 1, "STARTTLS")]
    for configuration, code, word in asked:
        run = subprocess.run([DRIVER, str(configuration), "check"], capture_output=True, text=True, check=False)
        if run.returncode != code or word not in run.stdout:
            faults.append("%s: %d %s" % (configuration.parent.name, run.returncode, run.stdout))
    server.stop()
    check("the doctor's question tells a relay that works from one that does not, with its cure", faults, len(asked))


def main():
    print("TAP version 13")
    started = time.monotonic()
    try:
        total = every_step() + session_steps()
        for test in (no_server, octets, guarded, maildirs, encrypted, sessions, deaths, doctor):
            test()
        print("# %d scripted behaviours of a server, %.0f seconds" % (total, time.monotonic() - started))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("1..%d" % count["checks"])
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
