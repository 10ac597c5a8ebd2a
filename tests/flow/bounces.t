#!/usr/bin/env -S python3 -B
# How reports are read: `diktyo explain --json` on real reports of about 70 mail systems (when they lie beside the checkout), on
# reports in the forms that servers here write, and on ordinary mail that speaks of failing deliveries and must not be taken for one.
import collections
import concurrent.futures
import itertools
import json
import os
import pathlib
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import holds, same, skip, test
from whole import part

CORPUS = pathlib.Path(os.environ.get("DIKTYO_CORPORA", "../shared/corpora")) / "bounces"
# What the reasons of the corpus are to us. Whose address is dead is marked `hard` there; a full mailbox is one; of all the others the only
# thing that matters is that no member is blamed for them. `filtered` is in doubt by its nature: the server said that there is no
# such user, and the corpus holds (from the command that it answered, where that is known) that there is one who filters.
DEAD = {"userunknown", "hostunknown", "hasmoved", "notaccept"}
IN_DOUBT = {"filtered"}
FLOOR = 98.0  # per cent of files that must be wholly right

site = flow.Site()


def explain(path, *options):
    done = flow.subprocess.run([flow.PROGRAM, "explain", str(path), "--json", "--config", str(site.file), *options], capture_output=True, check=False, timeout=60)
    holds(done.returncode == 0, "%s: exit %d, %s" % (path, done.returncode, done.stderr.decode()[:300]))
    return json.loads(done.stdout)


def explain_all(paths):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(explain, paths))


def verdict(wanted, told, in_doubt=frozenset()):
    """What is wrong with how a file was read; "" for nothing. A reason in doubt may be read as a dead address, too."""
    report = told["report"]
    reasons = [entry["reason"] for entry in wanted]
    if "vacation" in reasons:
        return "" if report["kind"] == "auto-reply" and told["auto_reply"] else "no auto-reply: " + report["kind"]
    if "feedback" in reasons:
        return "" if report["kind"] == "feedback" and not told["bounce"] else "no complaint: " + report["kind"]
    if len(report["recipients"]) != len(wanted):
        return "%d recipients, not %d" % (len(report["recipients"]), len(wanted))
    for entry, found in zip(wanted, report["recipients"]):
        want = "dead" if entry["reason"] in DEAD else "full" if entry["reason"] == "mailboxfull" else "neither"
        got = found["class"] if found["class"] in ("dead", "full") else "neither"
        if got != want and not (entry["reason"] in in_doubt and got == "dead"):
            return "%s is %s (%s: %s)" % (entry["reason"], found["class"], found["why"], found["diagnostic"][:60])
    return ""


@test("real reports of some 70 mail systems: recipients are found and classes are right")
def corpus():
    if not CORPUS.is_dir():
        skip("the corpus of reports is not beside this checkout (DIKTYO_CORPORA names its folder)")
    files = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
    told = explain_all([CORPUS / entry["file"] for entry in files])
    table, wrong, strict = collections.defaultdict(lambda: [0, 0]), [], 0
    for entry, one in zip(files, told):
        family = entry["file"].rsplit("-", 1)[0]
        fault = verdict(entry["recipients"], one, IN_DOUBT)
        strict += not verdict(entry["recipients"], one)
        table[family][0] += 1
        table[family][1] += not fault
        if fault:
            wrong.append("%s: %s" % (entry["file"], fault))
        for found in one["report"]["recipients"]:
            text = (CORPUS / entry["file"]).read_bytes().decode("latin-1").replace("=\n", "").replace("=\r\n", "").lower()
            holds(found["address"].split("@")[0].lower() in text or "base64" in text, "%s: %s is not in it" % (entry["file"], found["address"]))
    for family, (all_of_it, right) in sorted(table.items()):
        print("#   %-24s %3d of %3d" % (family, right, all_of_it))
    for line in wrong:
        print("#   " + line)
    right = len(files) - len(wrong)
    share = 100 * right / len(files)
    holds(share >= FLOOR, "only %.1f %%" % share)
    print("#   without the benefit of the doubt for %s: %d, %.1f %%" % (", ".join(IN_DOUBT), strict, 100 * strict / len(files)))
    return "%d of %d files, %.1f %%" % (right, len(files), share)


def write(name, text):
    path = flow.work / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


REPORTS = {
    "postfix": ("""Return-Path: <>
From: MAILER-DAEMON@dimos.example.gr (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: environment-bounces+x@groups.example.gr
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

This is the mail system at host dimos.example.gr.

<maria@dimos-lamia.example.gr>: host mail[192.0.2.1] said: 550 5.1.1
    <maria@dimos-lamia.example.gr>: Recipient address rejected: User unknown (in reply to RCPT TO command)

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; dimos.example.gr

Final-Recipient: rfc822; maria@dimos-lamia.example.gr
Original-Recipient: rfc822;Maria@dimos-lamia.example.gr
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <maria@dimos-lamia.example.gr>: Recipient address rejected: User unknown

--b
Content-Type: text/rfc822-headers

Message-ID: <5.flow@example.gr>
Subject: =?utf-8?b?zpTOr866z4TPhc6/?=

--b--
""", ["maria@dimos-lamia.example.gr"], ["dead"]),
    "a Greek Exchange": ("""Return-Path: <>
From: "Microsoft Outlook" <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@dimos.example.gr>
Subject: Δεν ήταν δυνατή η παράδοση: Πρόσκληση
To: environment-bounces+x@groups.example.gr
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Η παράδοση απέτυχε σε αυτούς τους παραλήπτες:

nikos@dimos-argos.example.gr
Το γραμματοκιβώτιο του παραλήπτη είναι πλήρες και δεν μπορεί να δεχθεί μηνύματα.
#550 5.2.2 STOREDRV.Deliver; mailbox full ##
""", ["nikos@dimos-argos.example.gr"], ["full"]),
    "qmail": ("""Return-Path: <>
From: MAILER-DAEMON@perifereia.example.gr
Subject: failure notice
To: environment-bounces+x@groups.example.gr

Hi. This is the qmail-send program at perifereia.example.gr.
I'm afraid I wasn't able to deliver your message to the following addresses.

<eleni@dimos-volos.example.gr>:
Sorry, no mailbox here by that name. (#5.1.1)

<nikos@dimos-argos.example.gr>:
Connected to 192.0.2.7 but greeting failed. Remote host said: 421 4.7.0 try again later

--- Below this line is a copy of the message.

Return-Path: <environment-bounces+x@groups.example.gr>
Message-ID: <6.flow@example.gr>
""", ["eleni@dimos-volos.example.gr", "nikos@dimos-argos.example.gr"], ["dead", "temporary"]),
    "a delay": ("""Return-Path: <>
From: Mail Delivery System <Mailer-Daemon@example.gr>
Subject: Warning: message 1abc delayed 24 hours
To: environment-bounces+x@groups.example.gr
Auto-Submitted: auto-replied

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its recipients after more than 24 hours.

  maria@dimos-lamia.example.gr

No action is required on your part. Delivery attempts will continue for some time.
""", ["maria@dimos-lamia.example.gr"], ["delayed"]),
    "a refusal of the message": ("""Return-Path: <>
From: MAILER-DAEMON@example.gr (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; example.gr

Final-Recipient: rfc822; maria@dimos-lamia.example.gr
Action: failed
Status: 5.7.1
Diagnostic-Code: smtp; 550 5.7.1 Message rejected as spam by content filtering

Final-Recipient: rfc822; nikos@dimos-argos.example.gr
Action: relayed
Status: 2.0.0

--b--
""", ["maria@dimos-lamia.example.gr", "nikos@dimos-argos.example.gr"], ["policy", "delivered"]),
}


def status_report(group, kind="message/delivery-status"):
    return ("Return-Path: <>\nFrom: MAILER-DAEMON@example.gr\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: %s\n\nReporting-MTA: dns; example.gr\n\n%s\n\n--b--\n' % (kind, group))


MAIL, DEMOS = "Return-Path: <>\nFrom: %s\nSubject: %s\nTo: environment-bounces+x@groups.example.gr\n\n%s", "maria@dimos-lamia.example.gr"
REPORTS |= {
    "an address in UTF-8 (RFC 6533)": (status_report("Final-Recipient: utf-8; \\x{3BC}\\x{3B1}\\x{3C1}\\x{3B9}\\x{3B1}@dimos.example.gr\nAction: failed\nStatus: 5.1.1", "message/global-delivery-status"),
                                       ["μαρια@dimos.example.gr"], ["dead"]),
    "a sender who is refused": (status_report("Final-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.8\nDiagnostic-Code: smtp; 550 5.1.8 Unknown address" % DEMOS), [DEMOS], ["policy"]),
    "a Postfix that tells its postmaster": (MAIL % ("MAILER-DAEMON@example.gr", "Postfix SMTP server: errors from localhost[127.0.0.1]", "Transcript of session follows.\n\n In:  MAIL FROM:<a@groups.example.gr>\n"
                                            " Out: 250 2.1.0 Ok\n In:  RCPT TO:<%s>\n Out: 250 2.1.5 Ok\n In:  DATA\n Out: 451 4.3.0 Error: queue file write error\n" % DEMOS), [DEMOS], ["temporary"]),
    "an MDaemon": (MAIL % ("MDaemon@example.gr", "Warning: example.gr - User unknown!", "The attached message had PERMANENT fatal delivery errors!\n\nFailed address: %s\n\n --- Session Transcript ---\n"
                           " --> RCPT To:<%s>\n <-- 550 5.1.1 User unknown\n --> QUIT\n --- End Transcript ---\n" % (DEMOS, DEMOS)), [DEMOS], ["dead"]),
    "a Domino": (MAIL % ("Postmaster@example.gr", "DELIVERY FAILURE: User maria not listed in Domino Directory", "Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  %s\n\nbecause:\n\n"
                         "  User maria (%s) not listed in Domino Directory\n" % (DEMOS, DEMOS)), [DEMOS], ["dead"]),
    "an answer with an error of a server": (MAIL % ("post_master@example.gr", "Re:Πρόσκληση", "Error message below:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  MAIL FROM: a@groups.example.gr\n"
                                            "  RCPT TO: %s\n" % DEMOS), [DEMOS], ["policy"]),  # MAIL FROM stands beside it: nobody is blamed
}


@test("reports in the forms that servers write: each recipient, and whose fault it is")
def forms():
    for name, (text, addresses, classes) in REPORTS.items():
        told = explain(write("form.eml", text))
        report = told["report"]
        same((told["bounce"], report["kind"]), (True, "delivery"), name)
        same(([entry["address"] for entry in report["recipients"]], [entry["class"] for entry in report["recipients"]]), (addresses, classes), name)
        holds(all(entry["why"] for entry in report["recipients"]), name)
        same([entry["against"] for entry in report["recipients"]], ["the member" if word in ("dead", "full") else "nobody" for word in classes], name)
    same(explain(write("form.eml", REPORTS["postfix"][0]))["report"]["message_id"], "5.flow@example.gr")
    return "%d forms" % len(REPORTS)


ABSENCES = [("Automatic reply: Πρόσκληση", {"Auto-Submitted": "auto-replied"}), ("Αυτόματη απάντηση: Πρόσκληση", {}), ("Out of Office: Δίκτυο", {"X-Auto-Response-Suppress": "All"}),
            ("Εκτός γραφείου έως 7/1", {"Precedence": "auto_reply"}), ("Re: Πρόσκληση", {"X-Autoreply": "yes"}), ("Απουσία", {"Auto-Submitted": "auto-replied"})]


@test("answers of machines for absent people are that, and no bounces")
def absences():
    for subject, fields in ABSENCES:
        told = explain(write("absence.eml", flow.letter(subject=subject, text="Απουσιάζω έως την 7η Ιανουαρίου.\n", **{name.replace("-", "_"): value for name, value in fields.items()})))
        same((told["bounce"], told["auto_reply"], told["report"]["kind"]), (False, True, "auto-reply"), subject)


AUTHORS = ["maria@dimos-lamia.example.gr", "postmaster@dimos-argos.example.gr", "no-reply@courier.example.gr", "info@etaireia.example.gr", "Mailer.Daemonakis@dimos-volos.example.gr"]
SUBJECTS = ["Νέος κάδος στην πλατεία", "Re: Undelivered Mail Returned to Sender", "Πρθ: Delivery Status Notification (Failure)", "Delivery failed: το δέμα σας", "Απουσία του Δημάρχου", "Μη παράδοση έργου",
            "Παράδοση μελέτης: καθυστέρηση", "Bounce rates της εφημερίδας", "FW: mail delivery failed", "Πλήρες γραμματοκιβώτιο στο σχολείο", "Your message to the Mayor", "RE: mailbox full"]
TEXTS = ["Καλημέρα σας,\n\nο κάδος μπήκε.\n", "Δείτε τι μου γύρισε:\n\n> This is the mail system at host x.\n> <maria@dimos.gr>: 550 5.1.1 User unknown\n> Final-Recipient: rfc822; maria@dimos.gr\n> Action: failed\n> Status: 5.1.1\n\nΤι να κάνω;\n",
         "Your parcel could not be delivered. Please contact nikos@courier.example.gr to arrange a new date.\n", "Το 550 λεωφορείο σταματά στο 5.1.1 χλμ. Η παράδοση του έργου δεν ολοκληρώθηκε.\n",
         "The recipient address of the grant does not exist any more; permanent error in the form.\n\nMaria <maria@dimos.gr>\n", "---------- Forwarded message ----------\nFrom: MAILER-DAEMON@x.gr\nSubject: failure notice\n\n<eleni@dimos.gr>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
         "Απουσιάζω από τη συνεδρίαση, εκτός γραφείου έως Παρασκευή.\n", "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n", "Ο server απάντησε «452 4.2.2 mailbox full». Να το δει η μηχανογράφηση;\n"]


@test("ordinary posts that speak of failing deliveries, or come from a Postmaster, are no reports")
def ordinary():
    mails = []
    for number, (author, subject, text) in enumerate(itertools.product(AUTHORS, SUBJECTS, TEXTS)):
        more = [{}, {"In_Reply_To": "<1@x.gr>"}, {"Auto_Submitted": "auto-generated"}, {"Precedence": "bulk"}][number % 4]
        mails.append(write("o%d.eml" % number, flow.letter(author=author, subject=subject, text=text, Return_Path="<%s>" % author, **more)))
    mails += sorted(pathlib.Path("demo/mails").glob("*.eml"))
    mails += sorted(pathlib.Path("tests/mail/commands").glob("*.eml"))
    some = part(mails, 4)
    wrong = ["%s: %s" % (path.name, one["report"]) for path, one in zip(some, explain_all(some)) if one["bounce"] or one["report"]["kind"] != "none"]
    holds(len(mails) >= 500, "only %d posts" % len(mails))
    for line in wrong[:10]:
        print("#   " + line[:400])
    same(len(wrong), 0, "of %d posts" % len(some))
    return "%d of %d posts" % (len(some), len(mails))


flow.main()
