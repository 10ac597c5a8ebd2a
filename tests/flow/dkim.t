#!/usr/bin/python3 -B
# What an author's mail server has signed still verifies in a member's mailbox: diktyo adds its fields on top and leaves the
# rest alone. Debian's own Python, because python3-dkim is a package of it.
import base64
import subprocess
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import ELENI, NIKOS, Site, holds, letter, same, test

try:
    import dkim
except ImportError:
    flow.main("python3-dkim is not installed (make test-deps)")
    sys.exit()

SIGNED = [b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"content-transfer-encoding", b"in-reply-to", b"references"]
PARTS = """Δύο μέρη.
--σ
--pieces
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Καλημέρα σας,  
\tσυνημμένα τα πρακτικά.

.
From εδώ
--pieces
Content-Type: application/pdf; name*=utf-8''%CE%A0%CF%81%CE%B1%CE%BA%CF%84%CE%B9%CE%BA%CE%AC.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--pieces--

Υστερόγραφο.


"""


def openssl(*words, given=b""):
    return subprocess.run(["openssl", *words], input=given, capture_output=True, check=True).stdout


KEY = openssl("genrsa", "-traditional", "2048")
RECORD = b"v=DKIM1; k=rsa; p=" + base64.b64encode(openssl("rsa", "-pubout", "-outform", "DER", given=KEY))


def crlf(mail):
    return mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def verifies(mail):
    asked = []

    def dns(name, timeout=5):
        asked.append(name)
        return RECORD
    good = dkim.verify(crlf(mail), dnsfunc=dns)
    same(asked, [b"test._domainkey.dimos-argos.example.gr."], "the key was asked for")
    return good


def signed(canonical, **fields):
    mail = crlf(letter(subject="Πρακτικά συνεδρίασης", **fields))
    signature = dkim.sign(mail, b"test", b"dimos-argos.example.gr", KEY, canonicalize=(canonical, canonical), include_headers=SIGNED)
    holds(verifies(signature + mail), "the signature is good before it goes on its way")
    return signature + mail


def plain(canonical):
    return signed(canonical, text="Καλημέρα σας,\n\n  τα πρακτικά:\t1.  \n.\nFrom εδώ και πέρα\n\n\n")


def multipart(canonical):
    return signed(canonical, text=PARTS, Content_Type='multipart/mixed;\n boundary="pieces"', Cc="health@groups.example.gr,\n  Eleni <%s>" % ELENI,
                  References="<1@x.example.gr>\n\t<2@x.example.gr>", x_odd="  δύο   κενά ")


MAILS = [(make, canonical) for make in (plain, multipart) for canonical in (b"simple", b"relaxed")]


def verify_copies(copies):
    same(len(copies), len(MAILS))
    for copy, (make, canonical) in zip(copies, MAILS):
        about = "%s, %s" % (make.__name__, canonical.decode())
        holds(b"List-Id:" in copy and b"X-Diktyo-Loop" in copy, "it went through diktyo")
        holds(verifies(copy), "the signature is broken: " + about)
        place = copy.index("πρακτικά".encode(), copy.index(b"\n\n"))
        holds(not verifies(copy[:place] + b"x" + copy[place + 1:]), "a changed body passes for signed: " + about)
        holds(not verifies(copy.replace(b"\nSubject: ", b"\nSubject: x", 1)), "a changed subject passes for signed: " + about)
    return "%d mails, changed ones refused" % len(copies)


@test("a signed Greek post verifies in a member's Maildir, simple and relaxed, with parts and 8-bit text")
def through_maildir():
    site = Site().group(members=(NIKOS, ELENI))
    for make, canonical in MAILS:
        site.receive(make(canonical).replace(b"\r\n", b"\n"))
    site.deliver()
    return verify_copies(site.mails(ELENI))


@test("with a subject tag the author's signature breaks, as the manual says: the check can tell")
def tagged():
    site = Site().group(subject_tag="[it]")
    site.receive(plain(b"relaxed").replace(b"\r\n", b"\n"))
    site.deliver()
    holds(not verifies(site.mails(NIKOS)[0]), "a changed subject still verifies")


@test("a signed Greek post verifies behind a real Postfix: SMTP in, pipe, SMTP out, Maildir")
def through_postfix():
    if flow.why_no_postfix():
        flow.skip(flow.why_no_postfix())
    postfix = flow.Postfix([NIKOS, ELENI, flow.MARIA])
    postfix.site.group(members=(NIKOS, ELENI))
    for number, (make, canonical) in enumerate(MAILS, 1):
        postfix.send(make(canonical), "environment@" + flow.DOMAIN)
        flow.until(30, "the post is accepted", lambda number=number: postfix.site.count("posts") == number)
    postfix.site.deliver()
    postfix.tool("drain", "30")
    copies = [mail for recipient, mail in postfix.arrived() if recipient == ELENI]
    order = [flow.message_id(mail) for mail in (postfix.site.raw(number) for number in range(1, len(MAILS) + 1))]
    return verify_copies(sorted(copies, key=lambda mail: order.index(flow.message_id(mail))))


flow.main()
