#!/usr/bin/env -S python3 -B
# The archive keeps the bytes: what came on standard input is what comes out, for any input at all, one by one and as mbox.
import concurrent.futures
import os
import pathlib
import random
import re
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import STRANGER, Site, holds, same, test
from whole import number, part

CORPORA = pathlib.Path(os.environ.get("DIKTYO_CORPORA", "../shared/corpora"))
SEED = int(os.environ.get("DIKTYO_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
PIECES = [b"\n", b"\r\n", b"\r", b"\0", b" ", b"\t", b":", b"From ", b">From ", b">>From x\n", b"\nFrom a@b.gr Mon\n", b".\n", b"\n\n", b"--b\n", b"--b--\n",
          b"Content-Type: multipart/mixed; boundary=b\n", b"Subject: =?utf-8?B?zqw=?=\n", b"Received: from a\n", b"Return-Path: <>\n", b"References: <a@b>\n",
          b"Message-ID: <a@b.gr>\n", b"Content-Transfer-Encoding: base64\n\nzqw", "Καλημέρα".encode(), "Καλημέρα".encode("windows-1253")]


def both_ends(mail):
    lines = mail.replace(b"\r\n", b"\n")
    return {lines, lines.replace(b"\n", b"\r\n"), mail}


def mbox_entries(text):
    """mboxrd, undone: the mails of an mbox."""
    entries = re.split(rb"^From [^\n]*\n", text, flags=re.MULTILINE)
    same(entries[0], b"", "an mbox begins with a From line")
    for entry in entries[1:]:
        same(entry[-1:], b"\n")
        yield re.sub(rb"^>(>*From )", rb"\1", entry[:-1], flags=re.MULTILINE)


def come_back(mails):
    """Four senders at once; then the mbox is taken apart, and each held mail and some of the posts are asked for one by one."""
    mails = sorted(mails)
    site = Site().group(posting="anyone")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        same([done.returncode for done in pool.map(lambda mail: site.receive(mail, sender=STRANGER), mails)], [0] * len(mails))
        posts, held = site.count("posts"), site.count("held")
        some = range(1, posts + 1, 1 if posts < 200 else 10)
        raw = dict(zip(some, pool.map(lambda number: site.raw(number), some)))
        back = list(pool.map(lambda number: site.run("held", "show", number, "--raw").stdout, range(1, held + 1)))
    entries = list(mbox_entries(site.run("archive", "export", "environment").stdout))
    same({number: entries[number - 1] for number in raw}, raw, "a post is the same by itself and in the mbox")
    back += entries
    lost = set(mails) - set(back)
    holds(not lost, "%d of %d mails did not come back, as %r" % (len(lost), len(mails), sorted(lost, key=len)[:1]))
    same(len(back), len(mails), "each came back once")
    return "%d posts, %d held" % (posts, held)


@test("each mail of the demo and of the tests comes back byte for byte, with LF and with CRLF")
def our_mails():
    files = [*pathlib.Path("tests/mail").rglob("*"), *pathlib.Path("demo/mails").glob("*.eml")]
    files = [file for file in files if file.is_file()]
    holds(len(files) >= 9, "only %d files" % len(files))
    return come_back(set().union(*(both_ends(file.read_bytes()) for file in files)))


@test("each delivery report of the corpus comes back byte for byte, with LF and with CRLF")
def corpus():
    files = sorted((CORPORA / "bounces").glob("*.eml"))
    if not files:
        flow.skip("there are no mails in %s (DIKTYO_CORPORA names another folder)" % (CORPORA / "bounces"))
    some = part(files, 8)
    return "%d of %d reports, %s" % (len(some), len(files), come_back(set().union(*(both_ends(file.read_bytes()) for file in some))))


@test("random strings come back byte for byte")
def random_bytes():
    print("# DIKTYO_SEED=%d makes the same strings again" % SEED)
    chance = random.Random(SEED)

    def piece():
        return chance.choice(PIECES) if chance.random() < 0.8 else chance.randbytes(chance.randrange(1, 200))
    mails = set()
    while len(mails) < number(80, 200):
        author = b"From: a@dimos.example.gr\n" if chance.random() < 0.6 else b""
        mails.add(author + b"".join(piece() for _ in range(chance.randrange(60))))
    return "%d of 200, seed %d, %s" % (len(mails), SEED, come_back(mails))


flow.main()
