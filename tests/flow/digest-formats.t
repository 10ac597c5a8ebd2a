#!/usr/bin/env -S python3 -B
# The four forms of a digest, as programs read them: what people sent comes out of each as it was, and nothing comes out that is not ours.
import ctypes
import email
import email.policy
import email.utils
import html.parser
import re
import shutil
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, ELENI, MARIA, NIKOS, STRANGER, Site, holds, letter, read, same, test, text_of
from letters import file_part, multipart, text_part, ugly

FORMATS = ("html", "text", "mime", "rfc1153")
START, DAY = 1795424400, 86400  # Monday, November 23, 2026, 11:00 in Athens


def reader(form):
    return "%s@dimos-argos.example.gr" % form


def a_site(*formats):
    """A group to which anybody may write, and a reader of each form."""
    site = Site().group(members=(), posting="anyone")
    for form in formats or FORMATS:
        site.run("member", "add", "environment", reader(form), "--name", form, "--delivery", "digest")
        site.run("digest", "set", reader(form), "--format", form.split("-")[0])
    return site


def fill(site, mails):
    """Receives (author, mail), and gives back what the archive says of each."""
    before = site.count("posts")
    for minute, (author, mail) in enumerate(mails):
        site.receive(mail, sender=author, words=["--now", str(START + 60 * minute)])
    posts = sorted(site.json("archive", "list", "--most", "500"), key=lambda post: post["post"])[before:]
    same(len(posts), len(mails), "each mail is a post")
    return posts


def head_of(mail):
    return read(mail.split(b"\n\n", 1)[0])


def digests(site, day=1):
    """{reader: all his digests}, a day later."""
    site.run("digest", "--due", "--now", str(START + day * DAY))
    site.deliver("--now", str(START + day * DAY))
    found = {}
    for folder in (site.folder / "mail").iterdir():
        mails = [mail for mail in site.mails(folder.name) if str(head_of(mail)["Subject"]).startswith("Σύνοψη")]
        if mails:
            found[folder.name] = mails
    return found


def shown(site, post):
    return site.json("archive", "show", post["post"])[0]


def untraced(site, post):
    """What came in, without what told how it came; no letter here has one but this."""
    raw = site.raw(post["post"]).replace(b"\r\n", b"\n")
    return raw[raw.index(b"From: "):] if b"secret-host" in raw else raw


MAILS = ugly()
site = a_site()
posts = fill(site, MAILS.values())
sent = digests(site)


@test("a digest says in its head when and what it is, how to leave it, and that no program should answer")
def heads():
    for form in FORMATS:
        for number, mail in enumerate(sent[reader(form)], 1):
            head = head_of(mail)
            part = " (μέρος %d από %d)" % (number, len(sent[reader(form)])) if len(sent[reader(form)]) > 1 else ""
            same(head["Subject"], "Σύνοψη Τρίτης 24 Νοεμβρίου — 1 ομάδα, %d μηνύματα%s" % (len(posts), part))
            same((head["Auto-Submitted"], head["List-Id"], head["Archived-At"]), ("auto-generated", "<environment.%s>" % DOMAIN, None))
            same(email.utils.parsedate_to_datetime(head["Date"]).timestamp(), float(START + DAY))
            holds(re.fullmatch(r"<digest\.[a-z2-7]+@%s>" % re.escape(DOMAIN), head["Message-ID"]), head["Message-ID"])
            same(head["Reply-To"], "diktyo@" + DOMAIN)
            holds(re.fullmatch(r"<mailto:diktyo-nodigest\+[a-z2-7]+@%s>" % re.escape(DOMAIN), head["List-Unsubscribe"]), head["List-Unsubscribe"])
            for once in ("Date", "Message-ID", "List-Id", "List-Unsubscribe", "Auto-Submitted", "Subject", "From", "To", "MIME-Version", "Content-Type"):
                same(len(head.get_all(once)), 1, once)
            holds(max(map(len, mail.split(b"\n"))) <= 998, "a line of more than 998 octets (%s)" % form)
            for part in read(mail).walk():
                holds(len(part.get_boundary("")) <= 70, part.get_boundary(""))
    ids = [read(mail)["Message-ID"] for mails in sent.values() for mail in mails]
    same(len(set(ids)), len(ids), "no two are the same mail")


# --- RFC 1153 ----------------------------------------------------------------------------------------------------------

def burst(mail):
    folder = flow.work / "burst"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    subprocess.run(["formail", "-ds", "sh", "-c", 'cat > "$0/$FILENO"', folder], input=mail, check=True, capture_output=True)
    return [file.read_bytes() for file in sorted(folder.iterdir())]


def lines_of(text):
    """As they must come out: a blank in front of what would begin a message is all that may be added, lines of more than 900 octets may be broken between
    words, and blanks at ends of lines may go."""
    plain = [line[1:] if re.match(r" (>?From |-{30,}|[!-9;-~]+:)", line) else line for line in map(str.rstrip, text.strip("\n").split("\n"))]
    return text.split() if len(text) > 900 else plain


@test("formail takes a digest of RFC 1153 apart: every message comes out with its fields and its body as in the archive")
def rfc1153():
    if not shutil.which("formail"):
        flow.skip("there is no formail (make test-deps)")
    digest = sent[reader("rfc1153")][0]
    first, *messages = burst(digest)
    same(len(messages), len(posts))
    same(digest.count(b"\n\n------------------------------\n\n"), len(posts), "a rule of 30 hyphens behind each message, and nowhere else")
    holds(re.search(rb"\n\n-{70}\n\n$", first), first[-300:])
    for post, message in zip(posts, messages):
        head = email.message_from_string(message.decode(), policy=email.policy.default)
        archived = shown(site, post)
        same(head["Message-ID"], "<%s>" % post["message_id"])
        same(email.utils.parsedate_to_datetime(head["Date"]).timestamp(), email.utils.parsedate_to_datetime(str(read(site.raw(post["post"]))["Date"])).timestamp())
        same(email.utils.parseaddr(str(head["From"])), (post["author"], post["author_address"]))
        same(head["Subject"], post["subject"] or "(χωρίς θέμα)")
        body = message.decode().split("\n\n", 1)[1].split("\n\n" + "-" * 30 + "\n")[0] if archived["text"].strip() else ""
        text, _, files = body.partition("\n\nΣυνημμένα:\n")
        same(lines_of(text), lines_of(archived["text"]), post["subject"])
        same(re.findall(r"^  (.*) \(", files, re.M), [file["name"] for file in archived["attachments"]])
    holds(messages[-1].decode().rstrip().endswith("\nEnd of Ομάδες δήμων Digest\n" + "*" * 26), messages[-1].decode())
    return "%d messages" % len(messages)


# --- mime --------------------------------------------------------------------------------------------------------------

def entries_of(mail):
    """The octets of each message in a multipart/digest, as they stand: found by the boundaries alone."""
    message = email.message_from_bytes(mail)
    same(message.get_content_type(), "multipart/mixed")
    first, digest, last = message.get_payload()
    same([part.get_content_type() for part in (first, digest, last)], ["text/plain", "multipart/digest", "text/plain"])
    boundary = b"--" + digest.get_boundary().encode()
    return digest, [part.split(b"\n\n", 1) for part in mail.split(b"\n" + boundary + b"--\n")[0].split(b"\n" + boundary + b"\n")[1:]]


def encoding_is_allowed(part):
    encoding = (part["Content-Transfer-Encoding"] or "7bit").lower()
    return encoding in ("7bit", "8bit") if part.get_content_maintype() in ("multipart", "message") else True


@test("Python's parser finds in a multipart/digest each message that came in, octet for octet, and no encoding around it")
def mime():
    found = []
    for mail in sent[reader("mime")]:
        digest, raw = entries_of(mail)
        parsed = digest.get_payload()
        same(len(parsed), len(raw), "parsers see as many parts as there are")
        holds(encoding_is_allowed(email.message_from_bytes(mail)) and encoding_is_allowed(digest) and all(map(encoding_is_allowed, parsed)), "no base64 around a message")
        found += zip(parsed, (octets for _, octets in raw))
    same(len(found), len(posts))
    files = 0
    for post, (part, octets) in zip(posts, found):
        wanted = untraced(site, post)
        if part.get_content_type() == "message/rfc822":
            same(octets, wanted, post["subject"])
            same(part.get_payload(0)["Message-ID"], email.message_from_bytes(wanted)["Message-ID"])
        else:
            same((part.get_content_type(), part.get_filename()), ("application/octet-stream", "message.eml"))
            same(part.get_payload(decode=True).replace(b"\r\n", b"\n"), wanted)
            files += 1
    same(files, 1, "only what no mail may hold goes as a file")
    holds(b"secret-host" not in b"".join(sent[reader("mime")]), "how a mail came to us is told to nobody")
    return "%d messages in %d mails" % (len(found), len(sent[reader("mime")]))


def terminal(home, *command):
    """A program in a terminal of 120 columns and 100 lines: what it shows, and how to press keys."""
    def tmux(*words):
        return subprocess.run(["tmux", "-S", str(home / "tmux"), "-f", "/dev/null", *words], capture_output=True, text=True, timeout=30, check=False).stdout

    flow.cleanup.callback(tmux, "kill-server")
    tmux("new-session", "-d", "-s", "t", "-x", "120", "-y", "100", "env", "HOME=" + str(home), "LC_ALL=C.UTF-8", "TERM=screen", *command)
    return lambda: tmux("capture-pane", "-p", "-t", "t"), lambda *keys: tmux("send-keys", "-t", "t", *keys)


@test("mutt shows each message of a multipart/digest with its subject, and saves it as it was")
def mutt():
    missing = [program for program in ("mutt", "tmux") if not shutil.which(program)]
    if missing:
        flow.skip("there is no " + " and no ".join(missing))
    home = flow.work / "reader"
    home.mkdir()
    first = sent[reader("mime")][0]
    (home / "box").write_bytes(b"From x@example.org Tue Nov 24 09:00:00 2026\n" + re.sub(rb"(?m)^From ", b">From ", first))
    (home / "muttrc").write_text("set folder=HOME\nset charset=utf-8\nset digest_collapse=no\nset attach_format='%n %m/%M %d'\nset confirmappend=no\nset confirmcreate=no\nset mbox_type=mbox\n".replace("HOME", str(home)))
    screen, press = terminal(home, "mutt", "-n", "-F", str(home / "muttrc"), "-f", str(home / "box"))
    flow.until(20, "mutt shows the digest", lambda: "Σύνοψη" in screen())
    press("v")
    flow.until(20, "mutt shows the parts", lambda: "multipart/digest" in screen())
    found = re.findall(r"^\s*(\d+) .*message/rfc822 (.*?)\s*$", screen(), re.M)
    wanted = [message for head, message in entries_of(first)[1] if b"message/rfc822" in head]
    same(len(found), len(wanted))
    for number, (place, subject) in enumerate(found):
        if number != list(MAILS).index("windows-1253 without a label"):
            same(subject[:20], posts[number]["subject"][:20])
        press("-l", place)
        press("Enter", "s")
        flow.until(20, "mutt asks where", lambda: "Save to file" in screen())
        press("C-u")
        press("-l", str(home / place))
        press("Enter")
        flow.until(20, "mutt has saved", lambda: "Attachment saved" in screen())
        saved = (home / place).read_bytes().split(b"\n\n", 1)[1].rstrip(b"\n")
        same(re.sub(rb"(?m)^>From ", b"From ", saved), wanted[number].split(b"\n\n", 1)[1].rstrip(b"\n"), subject)
    press("q", "q")
    return "%d messages" % len(found)


# --- text and html -----------------------------------------------------------------------------------------------------

def unflowed(text):
    """RFC 3676, 4: lines that end in a blank go on in the next; one blank in front was put there."""
    lines, open_ = [], False
    for line in text.split("\n"):
        line = line[1:] if line.startswith(" ") else line
        lines[-1:] = [lines[-1] + line] if open_ else lines[-1:] + [line]
        open_ = line.endswith(" ") and line != "-- "
    return lines


@test("plain and html digests decode, say which charset they are, and hold the words of every mail; long lines flow")
def texts():
    both = read(sent[reader("html")][0])
    same(both.get_content_type(), "multipart/alternative")
    same([part.get_content_type() for part in both.iter_parts()], ["text/plain", "text/html"])
    texts = [read(sent[reader("text")][0]), *both.iter_parts()]
    for part in texts:
        same((part.get_content_charset(), part["Content-Transfer-Encoding"]), ("utf-8", "8bit"))
        content = part.get_content()
        holds("�" not in content, "letters that could not be read")
        for words in ("Καλημέρα, ο κάδος έσπασε. Άμεση ανάγκη!", "Άγνωστο το «πότε»: σ’ αυτό δεν απαντά κανείς.", "Άρθρο 2: εξαιρέσεις", "Αύριο στις 10:00 η συνεδρίαση.",
                      "winmail.dat", "3,0 kB", "🎉👏🏽 Ραντεβού", "أهلا وسهلا", "שלום לכולם", "meleti.pdf", "5,2 MB", "image001.png", "ο κάδος"):
            holds(words in content, "%s is not in a %s part" % (words, part.get_content_type()))
        holds("ΚΑΚΟ" not in content and "MsoNormal" not in content, content)
    for part in texts[:2]:
        same(part["Content-Type"].params["format"], "flowed")
        lines = unflowed(part.get_content())
        same(re.findall("^(?:From |>From ).*", part.get_content(), re.M), [], "what a program could take for a new mail")
        holds(max(len(line) for line in part.get_content().split("\n") if "http" not in line and "@" not in line) <= 80, "lines fit on a terminal")
        for line in ("From όλους εμάς: ευχαριστούμε.", MAILS["a line beyond 998 octets"][1].decode().rsplit("\n\n", 1)[1].strip()):
            holds(line in lines, line)
    body = texts[2].get_content()
    for remote in ("<img", "<link", "<script", "<iframe", "<object", "url(", "@import", "src=", "background=", "track.example.org"):
        holds(remote not in body, remote)


# --- nothing that is not ours --------------------------------------------------------------------------------------------

class Elements(html.parser.HTMLParser):
    """What a program that reads HTML sees: a set of (element, its attributes but links), and links."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.links = set(), set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add((tag, tuple(sorted((name, value) for name, value in attrs if name != "href"))))
        self.links.update(value for name, value in attrs if name == "href")

    def handle_comment(self, data):
        self.elements.add(("comment", data))

    def unknown_decl(self, data):
        self.elements.add(("declaration", data))

    handle_pi = unknown_decl


def by_tree(page, root):
    elements = {(node.tag, tuple(sorted((name, value) for name, value in node.attrib.items() if name != "href"))) for node in root.iter()}
    return elements, {node.attrib["href"] for node in root.iter() if "href" in node.attrib}


def by_libxml2(page):
    """As libxml2 mends HTML, written down as XML."""
    library = ctypes.CDLL("libxml2.so.2")
    library.htmlReadMemory.restype = ctypes.c_void_p
    library.htmlReadMemory.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
    library.xmlDocDumpMemoryEnc.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_int), ctypes.c_char_p]
    library.xmlFreeDoc.argtypes = [ctypes.c_void_p]
    octets, quiet = page.encode(), 1 << 5 | 1 << 6 | 1 << 11 | 1 << 19  # no errors, no warnings, no net, any size
    document, text, size = library.htmlReadMemory(octets, len(octets), None, b"utf-8", quiet), ctypes.c_char_p(), ctypes.c_int()
    library.xmlDocDumpMemoryEnc(document, ctypes.byref(text), ctypes.byref(size), b"utf-8")
    library.xmlFreeDoc(document)
    return by_tree(page, xml.etree.ElementTree.fromstring(re.sub(rb"<!DOCTYPE[^>]*>", b"", text.value)))


def seen(page):
    """By three parsers: one that forgives all, one that mends, and one that takes only what is well-formed."""
    first = Elements(page)
    return {"html.parser": (first.elements, first.links), "libxml2": by_libxml2(page), "xml": by_tree(page, xml.etree.ElementTree.fromstring(page))}


def page_of(mail):
    return read(mail).get_body(("html",)).get_content()


def innocent():
    """Two days of decent letters, in which everything stands that a digest can have."""
    site = a_site("html")
    root = letter(NIKOS, "Πάρκο", "Καλημέρα σας.\n\n> Τι λέτε;\n\nΔείτε https://www.dimos.example.gr/parko?a=1&b=2 και\n" + "https://www.dimos.example.gr/" + "x" * 900 + "\n\n-- \nΝίκος\nΤηλ. 210\n")
    many, mixed = multipart("mixed", text_part("Όλα.\n"), *(file_part("f%d.pdf" % i, 10) for i in range(25)))
    answer = letter(MARIA, "Άλλο όνομα", "Ναι.\n\nΣτις Δευ, 23 Νοε 2026 στις 9:00 π.μ., ο χρήστης Νίκος <%s> έγραψε:\n\n> ένα\n> δύο\n> τρία\n> τέσσερα\n" % NIKOS, In_Reply_To="<%s>" % flow.message_id(root))
    long = letter(NIKOS, "Κανονισμός", "".join("Άρθρο %d: όπως ισχύει, με τις αλλαγές του.\n\n" % i for i in range(600)))
    fill(site, [(NIKOS, root), (NIKOS, letter(NIKOS, None, "")), (NIKOS, letter(NIKOS, "Αρχεία", many, Content_Type=mixed)), (NIKOS, long)])
    site.run("digest", "set", reader("html"), "--largest", "20")
    digests(site)
    site.receive(answer, sender=MARIA, words=["--now", str(START + DAY + 60)])
    return [page_of(mail) for mail in digests(site, 2)[reader("html")]]


EVIL = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</td></table></body><iframe src=//x>", "<!-- ", "]]><![CDATA[",
        "&lt;b&gt;", "{{mute_link}}{{site_name}}",
        "javascript:alert(1)", "http://x.example/\"onclick=alert(1)", "https://x.example/?a=<b>&b='c'", "\x01",
        "diktyo-mute+1-\x01@" + DOMAIN, "&#1;", "\u202egnp.exe",
        "<style>*{background:url(//x)}</style>",
        "<a href=\"javascript:alert(1)\">x</a>", "<?php x ?>", "a\x0bb\x0cc\x1bd\x7fe", "\ufeff\ufffe\uffff", "=?utf-8?Q?=3Cb=3E?="]


ODD = "a'b&c=d?e{f}#%d@x.example"  # which may be an address


def evil_letters():
    """Each in every field that a digest shows."""
    for number, text in enumerate(EVIL):
        word = "=?utf-8?B?%s?=" % flow.base64.b64encode(text.encode()).decode()
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        body, mixed = multipart("mixed", text_part(text + "\n> " + text + "\n" + text * 40 + "\n"),
                                "Content-Type: text/html; charset=utf-8\n\n<p title='x'>%s<b onclick=x>y</b><a href=\"javascript:x\">j</a></p>\n" % text,
                                "Content-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''%s\n\nx\n" % urllib.parse.quote(text),
                                "Content-Type: application/pdf; name=\"%s\"\nContent-Disposition: attachment\n\nx\n" % quoted)
        yield letter(STRANGER, None, body, Subject=word, From="%s <%s>" % (word, STRANGER), Content_Type=mixed, Message_ID="<%d.%s@x.example>" % (number, quoted))
        yield letter(STRANGER, None, text, Subject=text, From="\"%s\" <%s>" % (quoted, ODD % number), Content_Type="text/html; charset=utf-8")
        yield letter(STRANGER, None, text, Subject=text, From="\"%s\" <\"%s\"@x.example>" % (quoted, quoted))


def hostile_letters():
    """Those of the repository, but for what is only large; of each the first 150 kB."""
    kinds = subprocess.run(["tests/tools/hostile-mail", "--list"], capture_output=True, text=True, check=True).stdout.split()
    for kind in kinds:
        if not re.search(r"50-MB|million|100000|10000|nested", kind):
            yield subprocess.run(["tests/tools/hostile-mail", kind], capture_output=True, check=True).stdout[:150000]
    for file in sorted(flow.pathlib.Path("tests/mail/commands").glob("*.eml")):
        yield re.sub(rb"(?im)^From: .*", b"From: Petros <%s>" % STRANGER.encode(), re.sub(rb"(?im)^(Subject|To): .*\n", b"", file.read_bytes()), count=1)


@test("whatever hostile mail says, an html digest has no element, attribute or link that is not ours, and nothing hidden")
def hostile():
    pages = innocent()
    ours = [seen(page) for page in pages]
    known = {how: set().union(*(page[how][0] for page in ours)) for how in ours[0]}
    holds(len(known["xml"]) > 40, "the decent digests show %d kinds of elements" % len(known["xml"]))
    site = a_site("html", "html-2", "text", "rfc1153", "mime")
    site.run("group", "set", "environment", "--title", "Περιβάλλον <i>&\"'")
    site.run("digest", "set", reader("html-2"), "--largest", "100")
    with site.door("--now", str(START)):
        for mail in (*evil_letters(), *hostile_letters()):
            site.receive(mail, sender=STRANGER)
    site.run("held", "accept", *(held["held"] for held in site.held()), "--now", str(START + 3600))
    count, pages = site.count("posts"), []
    holds(count >= 100, "only %d of the mails were posts" % count)
    found = digests(site)
    for person in ("html", "html-2"):
        for mail in found[reader(person)]:
            pages.append(page_of(mail))
            for part in read(mail).iter_parts():
                same(re.findall("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", part.get_content()), [])
            for how, (elements, links) in seen(pages[-1]).items():
                same(elements - known[how], set(), how)
                for link in links:
                    holds(re.match(r"(mailto:[^?\"<> ]+@|https?://[^/\"<> ])", link), link)
    holds("{{mute_link}}{{site_name}}" in html.unescape("".join(pages)), "what a mail says is no template")
    for person in ("text", "rfc1153"):
        for mail in found[reader(person)]:
            same(re.findall(rb"[\x00-\x08\x0b-\x1f\x7f]", mail), [], person)
    for mail in sum((found[reader(form)] for form in FORMATS), []):
        holds(max(map(len, mail.split(b"\n"))) <= 998 and b"\0" not in mail and b"\r" not in mail, "lines that any server takes")
    same(sum(len(entries_of(mail)[0].get_payload()) for mail in found[reader("mime")]), count)
    if shutil.which("formail"):
        same(sum(len(burst(mail)) - 1 for mail in found[reader("rfc1153")]), count)
    return "%d posts, %d pages, %d elements known" % (count, len(pages), len(known["xml"]))


# --- one's own ---------------------------------------------------------------------------------------------------------

def key_of(mail):
    return re.search(r"nodigest\+([a-z2-7]+)@", read(mail)["List-Unsubscribe"])[1]


def mute_addresses(mail):
    texts = [urllib.parse.unquote(part.get_content()) for part in read(mail).walk() if part.get_content_maintype() == "text"]
    return [re.findall(r"(diktyo-mute\+\d+-[^@]*)@", text) for text in texts]


@test("each copy has the key of its reader and of nobody else: it mutes for him, and his way out is his")
def keys():
    site = a_site("html", "html-2", "text", "text-2")
    fill(site, [(NIKOS, letter(NIKOS, "Θέμα %d" % i, "Γράφω diktyo-mute+1-\x01@%s\n" % DOMAIN)) for i in range(3)])
    found = {person: mails[0] for person, mails in digests(site).items()}
    same(len(found), 4)
    for person, mail in found.items():
        for addresses in mute_addresses(mail):
            same(sorted(set(addresses)), ["diktyo-mute+1-"] + ["diktyo-mute+%d-%s" % (i, key_of(mail)) for i in (1, 2, 3)])
        for other, theirs in found.items():
            same(key_of(theirs).encode() in mail, other == person, "%s in the digest of %s" % (other, person))
    mine = found[reader("html-2")]
    site.receive(letter(STRANGER, "x", ""), mute_addresses(mine)[1][-1] + "@" + DOMAIN, STRANGER, words=["--now", str(START + DAY)])
    same(site.rows("SELECT a.email, m.thread FROM mutes m JOIN addresses a ON a.person = m.person"), [(reader("html-2"), 3)])
    leave = re.fullmatch(r"<mailto:(.*)>", read(found[reader("text")])["List-Unsubscribe"])[1]
    site.receive(letter(STRANGER, "unsubscribe", ""), leave, STRANGER, words=["--now", str(START + DAY)])
    same(site.rows("SELECT a.email FROM memberships m JOIN addresses a ON a.person = m.person WHERE m.delivery = 'none'"), [(reader("text"),)])


# --- answering ---------------------------------------------------------------------------------------------------------

def answered(site, mail, author, recipient="environment"):
    """The thread as the archive tells it: [(post, parent)]."""
    site.receive(mail, recipient, author, words=["--now", str(START + DAY + 3600)])
    newest = max(post["post"] for post in site.json("archive", "list"))
    return newest, {post["post"]: post["parent"] for post in site.json("archive", "show", newest, "--thread")}


@test("who answers an entry of a digest, by its Message-ID or by the link below it, stands under that post in the archive")
def answers():
    site = a_site()
    root = letter(NIKOS, "Πάρκο", "Τι λέτε;\n", Message_ID="<root@flow.example.gr>")
    second = letter(MARIA, "Απ: Πάρκο", "Ναι.\n", In_Reply_To="<root@flow.example.gr>", Message_ID="<second@flow.example.gr>")
    fill(site, [(NIKOS, letter(NIKOS, "Άλλο", "Άλλο θέμα.\n")), (NIKOS, root), (MARIA, second)])
    found = {person: mails[0] for person, mails in digests(site).items()}
    burst_id = email.message_from_bytes(burst(found[reader("rfc1153")])[2])["Message-ID"] if shutil.which("formail") else "<root@flow.example.gr>"
    part_id = email.message_from_bytes(entries_of(found[reader("mime")])[1][1][1])["Message-ID"]
    for number, name in enumerate((burst_id, part_id), 4):
        same(name, "<root@flow.example.gr>")
        newest, tree = answered(site, letter(ELENI, "Re: Πάρκο", "Συμφωνώ %d.\n" % number, In_Reply_To=name, References=name), ELENI)
        same((newest, tree[newest], sorted(tree)[:2]), (number, 2, [2, 3]))
    links = [urllib.parse.urlsplit(link) for link in Elements(page_of(found[reader("html")])).links]
    link, = (link for link in links if urllib.parse.unquote(link.path) == "environment-reply+3@" + DOMAIN)
    fields = urllib.parse.parse_qs(link.query)
    same(fields, {"subject": ["Re: Πάρκο"], "In-Reply-To": ["<second@flow.example.gr>"]})
    # programs leave what they do not know out of a link: the address alone must do
    for number, more in enumerate(({"In_Reply_To": fields["In-Reply-To"][0]}, {}), 6):
        newest, tree = answered(site, letter(ELENI, fields["subject"][0], "Από σύνδεσμο %d.\n" % number, To=urllib.parse.unquote(link.path), **more), ELENI, urllib.parse.unquote(link.path))
        same((newest, tree[newest]), (number, 3))
        same(site.json("archive", "list")[0]["group"], "environment")
    author, = (link for link in links if link.path == MARIA)
    same(urllib.parse.parse_qs(author.query), fields)


# --- parts -------------------------------------------------------------------------------------------------------------

@test("what goes beyond a reader's limit comes in further parts: all of them, each post once, a long one in pieces and in order")
def parts():
    site = a_site()
    words = [["[%d.%d]" % (post, line) for line in range(60 if post != 7 else 900)] for post in range(30)]
    posts = fill(site, [(NIKOS, letter(NIKOS, "Θέμα %d" % number, "\n".join("%s κάτι που γράφεται για να υπάρχει." % word for word in lines) + "\n")) for number, lines in enumerate(words)])
    for form in FORMATS:
        site.run("digest", "set", reader(form), "--largest", "30")
    counts = {}
    for person, mails in digests(site).items():
        counts[person] = len(mails)
        same([re.search(r"μέρος (\d+) από (\d+)", read(mail)["Subject"]).groups() for mail in mails], [(str(i + 1), str(len(mails))) for i in range(len(mails))])
        bodies = [[part.get_content() for part in read(mail).walk() if part.get_content_maintype() == "text"] for mail in mails]
        if person == reader("html"):
            same([len(both) for both in bodies], [2] * len(mails))
            streams = ["".join(both[i] for both in bodies) for i in (0, 1)]
        else:
            streams = ["".join(map("".join, bodies))]
        for stream in streams:
            same(re.findall(r"\[\d+\.\d+\]", stream), sum(words, []), person)
        sizes = sorted(map(len, mails))
        holds(person in (reader("mime"), reader("rfc1153")) or sizes[-1] < 36000, "%s: %s" % (person, sizes))
    same(sorted(counts), sorted(map(reader, FORMATS)))
    holds(min(counts.values()) > 3, counts)
    same(site.count("deliveries", "state = 'gathering'"), 0)
    return "%d posts in %s parts" % (len(posts), ", ".join(str(counts[reader(form)]) for form in FORMATS))


flow.main()
