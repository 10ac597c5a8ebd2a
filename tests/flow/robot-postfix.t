#!/usr/bin/env -S python3 -B
# The robot behind a real Postfix: the whole life of a member and of a held post, by SMTP; and a member who has nothing but mutt.
import json
import shutil
import subprocess
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, ELENI, MARIA, NIKOS, STRANGER, holds, letter, read, same, skip, test, text_of, until
from talk import GMAIL, ROBOT, reply_to

REASON = flow.why_no_postfix()
ANNA, NEW = "anna@dimos-veria.example.gr", "nikos.pappas@perifereia.example.gr"
TITLES = {"environment": "Περιβάλλον", "health": "Υγεία", "koinoniki-politiki": "Κοινωνική πολιτική"}


def start():
    made = flow.Postfix([NIKOS, ELENI, MARIA, STRANGER, ANNA, NEW])
    for name, title in TITLES.items():
        made.site.group(name, title, members=(ELENI,))
    with open(made.site.file, "a") as file:
        file.write("\n[answers]\nto_one = 100\n")
    return made


postfix = None if REASON else start()
site = postfix and postfix.site
seen = set()


def fresh(address):
    """The next mail that comes to him, as Postfix left it in his Maildir."""
    def look():
        site.deliver()
        files = [file for file in sorted((postfix.folder / "mail" / address / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns) if file not in seen]
        return files[0] if files else None
    file = until(30, "a mail to %s" % address, look)
    seen.add(file)
    return file.read_bytes()


def swaks(author, to, subject, text):
    """As a person would try it from a shell; without swaks, the same by smtplib."""
    if not shutil.which("swaks"):
        return postfix.send(letter(author, subject, text, To=to), to, sender=author)
    done = subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(postfix.port), "--from", author, "--to", to, "--body", text or "\n", "--header", "Subject: " + flow.encoded(subject),
                           "--add-header", "MIME-Version: 1.0", "--add-header", "Content-Type: text/plain; charset=utf-8", "--suppress-data"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
    holds(done.returncode == 0, "swaks: %s" % done.stdout)


def answer(question, author, text=""):
    mail = letter(author, "ΑΠ: " + read(question)["Subject"], text + GMAIL, To=reply_to(question), In_Reply_To=str(read(question)["Message-ID"]))
    postfix.send(mail, reply_to(question), sender=author)


def agree(author, order):
    swaks(author, ROBOT, "", order)
    answer(fresh(author), author)
    return text_of(fresh(author))


def member(address):
    return dict(site.rows("SELECT g.name, m.delivery FROM memberships m JOIN groups g ON g.id = m.group_id JOIN addresses a ON a.person = m.person WHERE a.email = ?", address))


@test("the life of a member by SMTP: three groups in one Greek mail, digest, pause, a new address, export, leaving, being forgotten")
def life():
    holds("Είστε πλέον μέλος της ομάδας «Κοινωνική πολιτική»." in agree(NIKOS, "Καλημέρα,\n\nΕΓΓΡΑΦΗ Περιβάλλον Υγεία koinoniki-politiki\n"), "he has joined")
    same(member(NIKOS), dict.fromkeys(TITLES, "each"))
    agree(NIKOS, "ΡΥΘΜΙΣΗ Περιβάλλον ΣΥΝΟΨΗ")
    agree(NIKOS, "ΠΑΥΣΗ 14")
    agree(NIKOS, "ΔΙΕΥΘΥΝΣΗ " + NEW)
    answer(fresh(NEW), NEW)
    fresh(NEW)
    same(member(NEW), {**dict.fromkeys(TITLES, "each"), "environment": "digest"})
    swaks(NEW, ROBOT, "ΕΞΑΓΩΓΗ", "")
    told = text_of(fresh(NEW))
    same(set(json.loads(told[told.index("{"):told.rindex("}") + 1])["addresses"]), {NIKOS, NEW})
    agree(NEW, "ΑΠΟΧΩΡΗΣΗ Υγεία")
    same(sorted(member(NEW)), ["environment", "koinoniki-politiki"])
    agree(NEW, "ΛΗΘΗ")
    same((member(NEW), site.count("addresses", "email IN ('%s', '%s')" % (NIKOS, NEW))), ({}, 0))


@test("the life of a held post by SMTP: a stranger writes to two groups, one notice, ΝΑΙ, and each member has it once")
def held():
    mail = letter(STRANGER, "Πρόταση", "Κείμενο της πρότασης.\n", To="environment@%s, health@%s" % (DOMAIN, DOMAIN))
    postfix.send(mail, "environment@" + DOMAIN, "health@" + DOMAIN, sender=STRANGER)
    until(30, "it is held for both", lambda: len(site.held()) == 2)
    notice = fresh(MARIA)
    holds("περιμένει την έγκρισή σας" in read(notice)["Subject"], read(notice)["Subject"])
    answer(notice, MARIA, "ΝΑΙ")
    until(30, "it is posted in both", lambda: site.count("posts") == 2)
    site.deliver()
    postfix.tool("drain", "30")
    same([sum(flow.message_id(copy) == flow.message_id(mail) for whose, copy in postfix.arrived() if whose == person) for person in (ELENI, MARIA)], [1, 1])
    same(sum("ένα μήνυμα περιμένει" in str(read(copy)["Subject"]) for whose, copy in postfix.arrived() if whose == MARIA), 1)


@test("who opens the question in mutt, presses r and sends it, has joined")
def mutt():
    missing = [program for program in ("mutt", "tmux") if not shutil.which(program)]
    if missing:
        skip("there is no " + " and no ".join(missing))
    swaks(ANNA, ROBOT, "", "ΕΓΓΡΑΦΗ Υγεία")
    fresh(ANNA)
    home = flow.work / "anna"
    home.mkdir()
    (home / "muttrc").write_text("""set smtp_url = "smtp://127.0.0.1:%d/"
set ssl_starttls = no
set ssl_force_tls = no
set from = "%s"
set use_from = yes
set use_envelope_from = yes
set realname = "Άννα Δήμου"
set charset = utf-8
set send_charset = utf-8
set editor = true
set abort_unmodified = no
set abort_nosubject = no
set include = no
set fast_reply = yes
set copy = no
set record = ""
set header_cache = ""
set folder = "%s"
set confirmappend = no
set quit = yes
""" % (postfix.port, ANNA, home))
    socket, name = str(home / "tmux"), "anna"

    def tmux(*words):
        return subprocess.run(["tmux", "-S", socket, "-f", "/dev/null", *words], capture_output=True, text=True, timeout=30, check=False).stdout

    def screen(*words):
        return until(20, "mutt shows %s; it shows\n%s" % (words, tmux("capture-pane", "-p", "-t", name)),
                     lambda: (lambda shown: shown if all(word in shown for word in words) else None)(tmux("capture-pane", "-p", "-t", name)))

    flow.cleanup.callback(tmux, "kill-server")
    tmux("new-session", "-d", "-s", name, "-x", "100", "-y", "40", "env", "HOME=" + str(home), "LC_ALL=C.UTF-8", "TERM=screen", "mutt", "-n", "-F", str(home / "muttrc"),
         "-f", str(postfix.folder / "mail" / ANNA))
    screen("Το ζητήσατε εσείς;")
    tmux("send-keys", "-t", name, "Enter")
    screen("πατήστε «Απάντηση»", "Εγγραφή στην ομάδα «Υγεία»")
    tmux("send-keys", "-t", name, "r")
    screen("Reply to ", "-confirm+")
    tmux("send-keys", "-t", name, "Enter")
    screen("y:Send", "-confirm+")
    tmux("send-keys", "-t", name, "y")
    until(30, "she has joined; mutt shows\n" + tmux("capture-pane", "-p", "-t", name), lambda: member(ANNA) == {"health": "each"})
    tmux("send-keys", "-t", name, "q", "q")
    holds("Είστε πλέον μέλος της ομάδας «Υγεία»." in text_of(fresh(ANNA)), "she is told")


flow.main(REASON)
