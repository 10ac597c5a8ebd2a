#!/usr/bin/env -S python3 -B
# Nothing that a stranger can send may jam the queue, fill the machine or get lost: each kind of hostile mail is taken or held,
# comes back byte for byte, and costs a bounded time and memory.
import subprocess
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import STRANGER, Site, holds, same, test
from whole import part

MOST_SECONDS, MOST_KILOBYTES, NEW_SITE_BYTES = 10, 256 * 1024, 100 << 20
KINDS = subprocess.run(["tests/tools/hostile-mail", "--list"], capture_output=True, text=True, check=True).stdout.split()
# A process of its own, so that what it waited for is this one run (the program and the child that parses) and nothing else.
MEASURE = """
import resource, subprocess, sys, time
started = time.monotonic()
with open(sys.argv[1], "rb") as mail:
    code = subprocess.run(sys.argv[2:], stdin=mail, stdout=subprocess.DEVNULL).returncode
print(code, time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
file = flow.work / "mail"
sites = []
measured = []


def a_site():
    """A new one when the last has grown large, so that the test needs little disk."""
    if sites and (sites[-1].folder / "diktyo.db").stat().st_size < NEW_SITE_BYTES:
        return sites[-1]
    for old in sites:
        flow.shutil.rmtree(old.folder, ignore_errors=True)
    sites.append(Site().group(posting="anyone"))
    return sites[-1]


def counts(site):
    return site.count("posts"), site.count("held")


def receive(site):
    command = site.command("receive", "--", STRANGER, "environment@" + flow.DOMAIN)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", MEASURE, file, *command], capture_output=True, text=True, timeout=120, check=False)
    code, seconds, kilobytes = done.stdout.split()
    same((int(code), done.stderr), (0, ""))
    return float(seconds), int(kilobytes)


def is_bounded(kind):
    site = a_site()
    before = counts(site)
    with open(file, "wb") as mail:
        subprocess.run(["tests/tools/hostile-mail", kind], stdout=mail, check=True)
    seconds, kilobytes = receive(site)
    posts, held = counts(site)
    same(posts + held, sum(before) + 1)
    where = "archive export %d --raw" % posts if posts > before[0] else "held show %d --raw" % held
    with open(flow.work / "back", "wb") as back:
        site.run(*where.split(), capture_output=False, stdout=back)
    same(subprocess.run(["cmp", file, flow.work / "back"], capture_output=True, check=False).stdout, b"")
    if posts > before[0]:
        # sqlite3 raises where a text is no UTF-8
        site.rows("SELECT subject, author_name, author_address, attachments, text FROM posts WHERE id = ?", posts)
        same(len(site.json("archive", "show", posts)), 1)
    measured.append((seconds, kilobytes, kind))
    holds(seconds < MOST_SECONDS, "it took %.1f s" % seconds)
    holds(kilobytes < MOST_KILOBYTES, "it took %d MB" % (kilobytes // 1024))
    return "%s, %.2f s, %d MB" % ("posted" if posts > before[0] else "held", seconds, kilobytes // 1024)


LARGE = [name for name in KINDS if name.endswith("-50-MB")]
LOOKED_AT = [name for name in KINDS if name not in LARGE or name in part(LARGE, 3)]
for name in LOOKED_AT:
    test("hostile mail is taken or held in bounded time and memory, and its bytes are kept: " + name)(lambda name=name: is_bounded(name))


@test("a post with injected fields goes out with no field that its author smuggled in")
def smuggled():
    site = Site().group(posting="anyone")
    for kind in ("injected-fields", "nul-bytes", "bare-cr", "two-senders", "no-body", "header-cut", "from-lines"):
        mail = subprocess.run(["tests/tools/hostile-mail", kind], capture_output=True, check=True).stdout
        site.receive(mail, sender=STRANGER)
    sent = site.count("outgoing", "kind = 'post'")
    holds(sent >= 4, "only %d of the mails were posts" % sent)
    holds(site.deliver().endswith("waiting 0, failed 0"), "all are sent")
    for copy in site.mails(flow.NIKOS):
        head = copy.split(b"\n\n", 1)[0]
        holds(not any(line.lower().startswith(b"bcc") for line in head.split(b"\n")), "a Bcc of the author's: %r" % head)
        holds(b"\r" not in head and b"\0" not in head, "a CR or NUL in a header: %r" % head)
        same(copy.count(b"List-Id:"), 1)
    return "%d copies" % len(site.mails(flow.NIKOS))


@test("there are at least 22 kinds, and all that were to be were looked at")
def all_kinds():
    holds(len(LOOKED_AT) >= 22 and len(measured) == len(LOOKED_AT), "%d of %d" % (len(measured), len(LOOKED_AT)))
    slowest, largest = max(measured), max(measured, key=lambda one: one[1])
    return "%d of %d kinds; slowest %s, %.2f s; largest %s, %d MB" % (len(measured), len(KINDS), slowest[2], slowest[0], largest[2], largest[1] // 1024)


flow.main()
