#!/usr/bin/env -S python3 -B
# The command line as a person types it: an instance made, groups and members, mail received, held, read, traced; and what
# is said, with which exit code, when something is mistyped. No mail server: mail leaves into Maildirs.
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("DIKTYO", "build/diktyo")
WORK = pathlib.Path(tempfile.mkdtemp(prefix="diktyo-cli-"))
HOME = WORK / "instance"
CONFIG = HOME / "diktyo.conf"
MORNING = "2026-11-24T07:05:00+02:00"
GROUP = "environment@groups.example.gr"
count = 0


def ok(sentence, *claims):
    """Each claim is a pair: what was found, what was expected (a function: it must say yes)."""
    global count
    count += 1
    wrong = [(found, wanted) for found, wanted in claims if not (wanted(found) if callable(wanted) else found == wanted)]
    print(f"{'not ok' if wrong else 'ok'} {count} - {sentence}")
    for found, wanted in wrong:
        print(f"# found {found!r}" + ("" if callable(wanted) else f", expected {wanted!r}"))
    sys.stdout.flush()


def has(*pieces):
    return lambda text: all(piece in text for piece in pieces)


class Run:
    def __init__(self, *words, stdin=b"", config=CONFIG, **more):
        environment = {key: value for key, value in os.environ.items() if key != "DIKTYO_CONFIG"}
        if config is not None:
            environment["DIKTYO_CONFIG"] = str(config)
        done = subprocess.run([PROGRAM, *words], input=stdin, capture_output=True, env=environment, timeout=60, **more)
        self.code, self.raw = done.returncode, done.stdout
        self.out, self.err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def json(self):
        return json.loads(self.raw)


def letter(number, sender="maria@dimos.example.gr", more="", text="Καλημέρα σε όλους."):
    return (f"From: =?utf-8?b?zpzOsc+Bzq/OsQ==?= <{sender}>\nTo: {GROUP}\nSubject: =?utf-8?b?zqDPgc+MzrPPgc6xzrzOvM6x?=\n"
            f"Message-ID: <{number}@dimos.example.gr>\nList-Id: <elsewhere.example.org>\n{more}MIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n").encode()


def post(number, sender="maria@dimos.example.gr", recipient=GROUP, **more):
    return Run("receive", "--now", MORNING, "--", sender, recipient, stdin=letter(number, sender, **more))


# --- mistyped ------------------------------------------------------------------------------------------------------
wrong = Run("grup", "list")
ok("an unknown command is answered with the nearest one, on one line, exit 64",
   (wrong.code, 64), (wrong.out, ""), (wrong.err, "diktyo: there is no command “grup”; did you mean “group”?\n"))
ok("an unknown verb likewise", ((Run("group", "lst").err), has("“group lst”", "“group list”")))
ok("an unknown option likewise", ((Run("group", "add", "x", "--titel", "y").err), has("“--titel”", "“--title”")))
ok("a noun without its verb names the verbs", (Run("held").err, has("list", "accept", "discard")), (Run("held").code, 64))
ok("a word that is no choice is answered with the choices", (Run("group", "add", "x", "--title", "y", "--kind", "club").err, has("club", "closed")))
ok("text that is not UTF-8, or has a line end, is refused",
   (Run("group", "add", "x", "--title", b"\xff").code, 64), (Run("group", "add", "x", "--title", "a\nb").code, 64))
ok("a command of a mail server that is mistyped keeps the mail: exit 75",
   (Run("receive", "--bogus").code, 75), (Run("--bogus", "receive").code, 75), (Run("receive", config="/nowhere/diktyo.conf").code, 75))
ok("--version and --help answer without an instance", (Run("--version", config=None).code, 0), (Run("--help", config=None).out, has("group add", "doctor")))
lost = Run("group", "list", config=None, cwd="/")
ok("without a configuration the three ways to name it are told, exit 78", (lost.code, 78), (lost.err, has("--config", "DIKTYO_CONFIG", "diktyo.conf")))
completion = Run("completion", "bash", config=None)
tried = subprocess.run(["bash", "-c", completion.out + 'COMP_WORDS=(diktyo group add --kind c); COMP_CWORD=4; _diktyo; echo "${COMPREPLY[@]}"'],
                       capture_output=True, text=True)
ok("bash completes a choice from the table of commands", (tried.stdout, "closed\n"))

# --- init ----------------------------------------------------------------------------------------------------------
bad = Run("init", str(WORK / "bad"), "--domain", "not a domain", config=None)
ok("a bad domain leaves nothing behind", (bad.code, 64), (bad.err, has("--domain")), ((WORK / "bad").exists(), False))
made = Run("init", str(HOME), "--domain", "groups.example.gr", "--name", "Ένωση Δήμων", config=None)
ok("init makes a closed folder with a configuration and a database, and says what is next",
   (made.code, 0), (made.out, has("group add")), (oct(HOME.stat().st_mode & 0o777), "0o700"), (oct((HOME / "diktyo.db").stat().st_mode & 0o777), "0o600"),
   (CONFIG.read_text(), has("domain = groups.example.gr\n", "name = Ένωση Δήμων\n")))
ok("init refuses a folder that has something in it", (Run("init", str(HOME), "--domain", "x.example.gr").code, 1), (Run("init", "/usr", "--domain", "x.example.gr").code, 1))
CONFIG.write_text(CONFIG.read_text().replace("[relay]", "[relay]\nkind = maildir", 1))

# --- groups and members --------------------------------------------------------------------------------------------
added = Run("group", "add", "environment", "--title", "Περιβάλλον", "--owner", "maria@dimos.example.gr", "--now", MORNING)
ok("group add tells the group's addresses", (added.code, 0), (added.out, has(GROUP, "environment-leave@groups.example.gr")))
ok("a name that is taken is refused", (Run("group", "add", "environment", "--title", "x").code, 1))
Run("group", "add", "news", "--title", "Ανακοινώσεις", "--kind", "announcement", "--owner", "maria@dimos.example.gr")
groups = {group["name"]: group for group in Run("group", "list", "--json").json()}
ok("a kind decides who may post", (groups["environment"]["posting"], "members"), (groups["news"]["posting"], "owners"))
failed = Run("group", "add", "broken", "--title", "x", "--owner", "no address")
ok("a group whose owner is no address is not made", (failed.code, 1), ("broken" in Run("group", "list").out, False))
Run("member", "add", "environment", "nikos@dimos.example.gr", "--name", "Νίκος Παππάς", "--delivery", "digest")
ok("a member is added once", (Run("member", "add", "environment", "nikos@dimos.example.gr").code, 1))
lines = Run("member", "list", "environment").out.splitlines()
ok("the columns of a table stand straight under Greek", (len({line.index(word) for line, word in zip(lines, ("delivery", "each", "digest"))}), 1), (len(lines), 3))
ok("group show has the same facts as JSON and for people", (Run("group", "show", "environment", "--json").json()["digest"], 1),
   (Run("group", "show", "environment").out, has("Περιβάλλον", "maria@dimos.example.gr (owner)")))
ok("group remove wants to be sure", (Run("group", "remove", "news").code, 64), (Run("group", "remove", "news", "--yes").code, 0),
   ("news" in Run("group", "list").out, False))

# --- rules of a group ----------------------------------------------------------------------------------------------
Run("group", "add", "inner", "--title", "Κλειστή", "--kind", "closed", "--alias", "kleisti", "--confirm-posts", "yes")
inner = Run("group", "show", "kleisti", "--json").json()
ok("a kind sets all usual rules of a group, and an alias names it", (inner["name"], "inner"), (inner["joining"], "invited"), (inner["confirm_posts"], True),
   (Run("group", "show", "environment", "--json").json(), lambda group: (group["joining"], group["members_visible"], group["archive_visible"]) == ("confirm", "members", "members")))
Run("group", "set", "inner", "--joining", "approve", "--members-visible", "owners", "--archive-visible", "anyone", "--attachment-types", "image/* application/pdf")
inner = Run("group", "show", "inner", "--json").json()
ok("each rule can be set by itself, and stays when another is", (inner["joining"], "approve"), (inner["members_visible"], "owners"),
   (inner["archive_visible"], "anyone"), (inner["attachment_types"], "image/* application/pdf"), (inner["posting"], "members"), (inner["confirm_posts"], True))
ok("a kind that is given later sets them anew, but for those given with it",
   (Run("group", "set", "inner", "--kind", "announcement", "--joining", "approve").code, 0),
   (Run("group", "show", "inner", "--json").json(), lambda group: (group["posting"], group["joining"], group["members_visible"]) == ("owners", "approve", "owners")))
ok("an alias that is taken or cannot be a name is refused, and nothing is changed",
   (Run("group", "set", "inner", "--alias", "environment", "--theme", "x").err, has("environment")), (Run("group", "set", "inner", "--alias", "Κλειστή").code, 64),
   (Run("group", "add", "outer", "--title", "Έξω", "--alias", "kleisti").err, has("inner")), ("outer" in Run("group", "list").out, False),
   (Run("group", "show", "inner", "--json").json()["theme"], ""))
ok("an alias is taken away, once", (Run("group", "set", "inner", "--no-alias", "kleisti").code, 0), (Run("group", "show", "kleisti").code, 1),
   (Run("group", "set", "inner", "--no-alias", "kleisti").code, 1))
ok("what is no media type is refused", (Run("group", "set", "inner", "--attachment-types", "image").err, has("image/*")))

# --- persons -------------------------------------------------------------------------------------------------------
Run("member", "add", "inner", "petros@dimos.example.gr", "--name", "Πέτρος", "--function", "Μηχανικός", "--now", MORNING)
ok("a person has several addresses, of which one is primary", (Run("address", "add", "petros@dimos.example.gr", "p@allou.example.gr").code, 0),
   (Run("address", "list", "p@allou.example.gr", "--json").json(), [{"address": "petros@dimos.example.gr", "primary": True}, {"address": "p@allou.example.gr", "primary": False}]))
ok("an address that is another person's, or his own already, is refused and said so",
   (Run("address", "add", "petros@dimos.example.gr", "maria@dimos.example.gr").err, has("another person's")),
   (Run("address", "add", "petros@dimos.example.gr", "p@allou.example.gr").err, has("already")), (Run("address", "add", "nobody@dimos.example.gr", "x@allou.example.gr").code, 1))
ok("the primary one is not taken away", (Run("address", "remove", "petros@dimos.example.gr").code, 1), (Run("address", "primary", "p@allou.example.gr").code, 0),
   (Run("address", "remove", "petros@dimos.example.gr").code, 0), ("p@allou.example.gr" in Run("member", "list", "inner").out, True))
ok("a pause has an end, within a year", (Run("member", "pause", "p@allou.example.gr", "--until", "2026-12-24", "--now", MORNING).code, 0),
   *[(Run("member", "pause", "p@allou.example.gr", *words, "--now", MORNING).code, 64)
     for words in ((), ("--until", "2026-11-24"), ("--until", "2027-12-24"), ("--until", "2026-02-30"), ("--until", "24/12/2026"), ("--until", "2026-12-24", "--resume"))])
shown = Run("member", "show", "p@allou.example.gr", "--now", MORNING, "--json").json()
ok("member show tells all of a person, with the ledger", (shown["function"], "Μηχανικός"), (shown["addresses"], ["p@allou.example.gr"]),
   (shown["groups"][0]["paused_until"], "2026-12-24T00:00:00+02:00"), ([line["what"] for line in shown["ledger"]],
   ["joined", "address-added", "address-changed", "address-removed", "paused"]), (Run("member", "show", "p@allou.example.gr").out, has("Πέτρος", "address-added", "inner")))
ok("whoever is forgotten is asked about once more, is gone, and is brought back by no hand but his own",
   (Run("member", "erase", "p@allou.example.gr").code, 64), (Run("member", "erase", "p@allou.example.gr", "--yes").code, 0), (Run("member", "show", "p@allou.example.gr").code, 1),
   (Run("member", "add", "inner", "p@allou.example.gr").err, has("forgotten")), (b"p@allou" in Run("member", "list", "--json").raw, False))
Run("group", "remove", "inner", "--yes")

# --- import --------------------------------------------------------------------------------------------------------
table = WORK / "staff.csv"
table.write_bytes("Διεύθυνση;Ονοματεπώνυμο;Φορέας;Ομάδες\r\neleni@dimos.example.gr;Ελένη;Δήμος Άργους;environment\r\n"
                  "kostas@;Κώστας;;environment\r\npetros@dimos.example.gr;;;\"environment, nowhere\"\r\n"
                  "eleni@dimos.example.gr;;;ENVIRONMENT\r\nshort;row\r\n".encode("windows-1253"))
dry = Run("member", "import", str(table), "--apply")
ok("bad lines are named by number with the reason, and nothing is done",
   (dry.code, 1), (dry.out, has("3  kostas@", "no group “nowhere”", "the same as line 2", "2 columns, not 4")),
   ("eleni" in Run("member", "list").out, False))
table.write_bytes("Ελένη,eleni@dimos.example.gr,Δήμος Άργους,environment\n\"Παππάς, Νίκος\",nikos@dimos.example.gr,,environment\n".encode())
dry = Run("member", "import", str(table))
ok("without --apply it tells and does nothing", (dry.code, 0), (dry.out, has("joins environment", "is already in environment", "--apply")),
   ("eleni" in Run("member", "list").out, False))
ok("with --apply it is done", (Run("member", "import", str(table), "--apply").code, 0),
   (Run("member", "list").out, has("eleni@dimos.example.gr", "Δήμος Άργους", "Παππάς, Νίκος")))

# --- a mail --------------------------------------------------------------------------------------------------------
source = WORK / "letter.eml"
source.write_bytes(letter(1))
told = Run("explain", str(source))
ok("explain tells route, rules, recipients and what changes in the header",
   (told.code, 0), (told.out, has("group environment", "who may post ", "eleni@dimos.example.gr", "- List-Id: <elsewhere", "+ Precedence: list")))
told = Run("explain", "-", "--sender", "xenos@allou.example.gr", "--json", stdin=letter(2, "xenos@allou.example.gr")).json()
ok("explain reads standard input, and a stranger's mail would be held", (told["rules"][-1], {"rule": "who may post", "verdict": "stranger"}), (told["recipients"], []))
ok("explain stores nothing", (Run("archive", "list", "--json").json(), []), (Run("held", "list", "--json").json(), []))

ok("receive takes a mail and is silent", (post(1).code, 0), (post(1).out, ""))
post(2, "xenos@allou.example.gr")
post(3, "xenos@allou.example.gr")
post(4, more="In-Reply-To: <1@dimos.example.gr>\n", text="Απάντηση \x1b[31mκόκκινη")
ok("an address that is not there is refused with 67 and a line for its sender",
   (post(5, recipient="nobody@groups.example.gr").code, 67), (post(5, recipient="nobody@groups.example.gr").out, has("5.1.1")))
held = Run("held", "list", "--json").json()
ok("the stranger's mail is held", ([entry["reason"] for entry in held], ["stranger", "stranger"]), (held[0]["at"], MORNING))
number, other = str(held[0]["held"]), str(held[1]["held"])
ok("held show gives text, and --raw every byte", (Run("held", "show", number).out, has("Καλημέρα", "not a member")),
   (Run("held", "show", number, "--raw").raw, letter(2, "xenos@allou.example.gr")))
ok("trace tells that a mail is held", (Run("trace", "<2@dimos.example.gr>").code, 1), (Run("trace", "<2@dimos.example.gr>").err, has("held", f"held show {number}")))
both = Run("held", "accept", number, "999", "--now", MORNING)
ok("of several numbers each is decided on its own", (both.code, 1), (both.out, f"{number} is accepted.\n"), (both.err, has("999")))
ok("what is decided stays decided", (Run("held", "discard", number, "--now", MORNING).out, has("accepted before")),
   (Run("held", "reject", other, "--reason", "Άλλο θέμα", "--now", MORNING).code, 0),
   (Run("held", "list").out, "Nothing is held.\n"), (len(Run("held", "list", "--all", "--json").json()), 2))

posts = Run("archive", "list", "environment", "--json").json()
first = next(entry["post"] for entry in posts if entry["message_id"] == "1@dimos.example.gr")
ok("archive export --raw gives every byte back", (Run("archive", "export", str(first), "--raw").raw, letter(1)))
ok("archive export of a group is an mbox of all posts", (Run("archive", "export", "environment").out.count("\nMessage-ID: "), 3))
thread = Run("archive", "show", "1@dimos.example.gr", "--thread")
ok("a thread shows the answer further in, without a stranger's escape codes", (thread.out, has("\n  #", "Απάντηση")), ("\x1b" in thread.out, False))

# --- out -----------------------------------------------------------------------------------------------------------
due = Run("digest", "--preview", "nikos@dimos.example.gr", "--now", MORNING)
ok("a digest can be looked at before it goes out", (due.code, 0), (due.out, has("Subject:", "Απάντηση")),
   (Run("digest", "--preview", "maria@dimos.example.gr").code, 1))
ok("digest wants to know which", (Run("digest").code, 64), (Run("digest", "--due", "--preview", "a@b.gr").code, 64))
# Three posts for two members each, two notices of held mail, one of a rejection, one of an acceptance.
ok("deliver --once says what it did", (Run("deliver", "--once", "--now", MORNING).out, "sent 10, waiting 0, failed 0\n"))
trace = Run("trace", str(first), "--json").json()[0]
states = {entry["address"]: entry["state"] for entry in trace["recipients"]}
ok("trace tells the state of every recipient", (states, {"maria@dimos.example.gr": "sent", "eleni@dimos.example.gr": "sent", "nikos@dimos.example.gr": "gathering"}),
   (Run("trace", str(first)).out, has("3 recipients", "waits for the digest")))
ok("digest --due builds it once", (Run("digest", "--due", "--now", "2026-11-25T07:05:00+02:00").out, has("digests 1")),
   (Run("digest", "--due", "--now", "2026-11-25T07:06:00+02:00").out, has("digests 0")))

# --- the machine ---------------------------------------------------------------------------------------------------
ok("a full disk under the output is a failure", (subprocess.run([PROGRAM, "group", "list", "--config", CONFIG], stdout=open("/dev/full", "w"),
                                                                stderr=subprocess.PIPE).returncode, 75))
closed = subprocess.run(["sh", "-c", '"$0" group set environment --theme x <&- >&- 2>&-', PROGRAM], env={**os.environ, "DIKTYO_CONFIG": str(CONFIG)})
ok("it works with descriptors 0 to 2 closed, and they do not become the database", (closed.returncode, 0),
   (Run("group", "show", "environment", "--json").json()["theme"], "x"))
doctor = Run("doctor", "--json", "--now", "2026-11-25T07:10:00+02:00")
levels = {(entry["what"], entry["level"]) for entry in doctor.json()}
ok("the doctor finds nothing wrong here, but that nobody waits to send", (doctor.code, 0), (levels, lambda found: {("database", "OK"), ("relay", "OK"), ("outbox", "WARN")} <= found))
late = {entry["what"]: entry for entry in Run("doctor", "--json", "--now", "2026-12-25T07:10:00+02:00").json()}
ok("it notices that nobody sends", (late["outbox"]["level"], "FAIL"), (late["outbox"]["cure"], has("diktyo deliver")))
(HOME / "diktyo.db").chmod(0o644)
opened = Run("doctor")
ok("it notices a database that others can read, and names the cure", (opened.code, 1), (opened.out, has("FAIL", "chmod 0600")))
(HOME / "diktyo.db").chmod(0o600)

POSTFIX, SOCKET = WORK / "postfix", WORK / "lmtp"


def doctor_of_postfix(transport, pipe=True):
    POSTFIX.mkdir(exist_ok=True)
    (POSTFIX / "main.cf").write_text("compatibility_level = 3.6\nrelay_domains = groups.example.gr\nmessage_size_limit = 99999999999\ntransport_maps = inline:{ groups.example.gr=%s }\n"
                                     "diktyo_destination_recipient_limit = 1\n" % transport)
    (POSTFIX / "master.cf").write_text("diktyo unix - n n - 4 pipe flags=DRXhu user=nobody null_sender= argv=%s receive ${sender} ${recipient}\n" % PROGRAM if pipe else "")
    os.environ["MAIL_CONFIG"] = str(POSTFIX)
    found = [entry for entry in Run("doctor", "--json").json() if entry["what"] == "pipe line" and "@groups.example.gr" in entry["says"]]
    del os.environ["MAIL_CONFIG"]
    return [(entry["level"], entry["says"], entry["cure"]) for entry in found]


if os.path.exists("/usr/sbin/postconf"):
    CONFIG.write_text(CONFIG.read_text() + "[lmtp]\nlisten = %s\n" % SOCKET)
    ok("mail that the mail server hands over by LMTP is fine while diktyo lmtp listens there, with the pipe or without",
       ([doctor_of_postfix("diktyo:")[0][0]], ["OK"]),
       ([doctor_of_postfix("diktyo-lmtp:unix:/elsewhere")[0][:2]], [("FAIL", "mail to @groups.example.gr goes to transport diktyo-lmtp:unix:/elsewhere, not to service diktyo")]),
       ([doctor_of_postfix("diktyo-lmtp:unix:%s" % SOCKET, pipe)[0] for pipe in (True, False)],
        lambda found: all(level == "FAIL" and "nobody listens there" in says and cure == "systemctl start diktyo-lmtp" for level, says, cure in found)))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(SOCKET))
        listening.listen()
        ok("and it says that diktyo lmtp answers", ([doctor_of_postfix("diktyo-lmtp:unix:%s" % SOCKET, pipe)[0][:2] for pipe in (True, False)],
           [("OK", "mail to @groups.example.gr goes to %s, and diktyo lmtp answers there" % SOCKET)] * 2))

# --- time ----------------------------------------------------------------------------------------------------------


def plain(*words, **more):
    """Without the marks of another mailing list: that is a machine's mail, which nobody is told of."""
    return letter(*words, **more).replace(b"List-Id: <elsewhere.example.org>\n", b"")


Run("receive", "--now", MORNING, "--", "xenos@allou.example.gr", GROUP, stdin=plain(7, "xenos@allou.example.gr"))
ok("whom the operator allows is let in, who is not waits", (Run("group", "allow", "environment", "typos@allou.example.gr").code, 0), (post(8, "typos@allou.example.gr").code, 0),
   ([entry["author"] for entry in Run("held", "list", "--json").json()], ["xenos@allou.example.gr"]))
ok("expire wants to be told", (Run("expire").code, 64))
ok("after a day moderators are reminded, once", (Run("expire", "--due", "--now", "2026-11-25T07:05:00+02:00").out, has("reminded 1", "expired 0")),
   (Run("expire", "--due", "--now", "2026-11-25T08:05:00+02:00").out, has("reminded 0")))
Run("expire", "--due", "--now", "2026-12-16T08:05:00+02:00")
ok("when it did not run for days it closes nothing for a week, and says so",
   (Run("expire", "--due", "--now", "2026-12-16T09:05:00+02:00").out, has("nothing is closed before 2026-12-23 08:05")))
for day in range(17, 24, 2):
    Run("expire", "--due", "--now", "2026-12-%dT07:05:00+02:00" % day)
ok("after its days held mail is closed and its author is told, once", (Run("expire", "--due", "--now", "2026-12-24T07:05:00+02:00").out, has("expired 1", "told 1")),
   (Run("expire", "--due", "--now", "2026-12-24T08:05:00+02:00").out, has("expired 0", "told 0")), (Run("held", "list", "--all", "--json").json()[-1]["state"], "expired"),
   (Run("held", "accept", str(Run("held", "list", "--all", "--json").json()[-1]["held"])).out, has("expired before")))
Run("deliver", "--once", "--now", "2026-12-24T08:05:00+02:00")
written = [path.read_bytes() for path in HOME.glob("mail/xenos@allou.example.gr/new/*")]
ok("his notice answers his mail and leads to the owners", ([b"Reply-To: environment-owner@" in mail for mail in written if b"In-Reply-To: <7@dimos.example.gr>" in mail], [True]))

# --- orders by mail ------------------------------------------------------------------------------------------------
source.write_bytes(plain(20, text="ΕΓΓΡΑΦΗ environment ΣΥΝΟΨΗ\nΟΜΑΔΕΣ"))
told = Run("explain", str(source), "--recipient", "diktyo@groups.example.gr", "--sender", "maria@dimos.example.gr")
ok("explain tells what a mail of orders is taken for, and what would be written", (told.out, has("  join environment digest\n  groups\n", "a question is sent to maria@dimos.example.gr: confirm")))
told = Run("explain", str(source), "--recipient", "diktyo@groups.example.gr", "--sender", "maria@dimos.example.gr", "--json").json()
ok("explain shows the words of that mail", (len(told["mails"]), 1), (told["mails"][0]["unreadable"], None), (told["mails"][0]["text"], has("environment")))
understood = told["understood"]
ok("and the same as JSON", ([(order["verb"], order["group"], order["argument"]) for order in understood["orders"]], [("join", "environment", "digest"), ("groups", "", "")]))
source.write_bytes(letter(21))

if os.geteuid() == 0:
    for path in (HOME, *HOME.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
    WORK.chmod(0o755)
    source.chmod(0o600)
    Run("group", "set", "environment", "--theme", "y")
    Run("receive", "--", "maria@dimos.example.gr", GROUP, stdin=letter(9))
    told = Run("explain", str(source))
    ok("root becomes the instance's owner, but reads files as root", (told.code, 0), ({path.owner() for path in HOME.rglob("*")}, {"nobody"}))
    foreign = subprocess.run(["setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups", PROGRAM, "group", "list", "--config", CONFIG], capture_output=True, text=True)
    ok("another user is told whose it is", (foreign.returncode, 78), (foreign.stderr, has("nobody", "sudo -u nobody")))
    CONFIG.chmod(0o644)
    os.chown(CONFIG, 1, 1)
    ok("root does not obey a configuration that a third user owns", (Run("group", "list").code, 78))
else:
    for sentence in ("root becomes the instance's owner", "another user is told whose it is", "root does not obey a stranger's configuration"):
        count += 1
        print(f"ok {count} - {sentence} # SKIP needs root")

shutil.rmtree(WORK)
print(f"1..{count}")
