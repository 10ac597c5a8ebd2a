#!/usr/bin/env -S python3 -B
# A full or broken disk, no memory, no descriptors, at every call that can say so: never exit 0 for what was not done.
# Without --all (or --points N): a fixed sample, evenly spread over all of them.
import os
import platform
import shutil
import subprocess
import sys

sys.path.insert(0, "tests/tools")
import crash
import flow
import points
from flow import DOMAIN, NIKOS, Site, holds, letter, message_id, same, test

SAMPLE = 100
MOST = points.most_of(sys.argv, SAMPLE)


@test("an error at a system call is never answered with an exit 0 that is not true, and the next run makes it good")
def refused():
    if platform.machine() != "x86_64":
        flow.skip("errors are answered in a call's place on x86-64 only")
    made = crash.receive_cases() + crash.deliver_cases() + crash.timed_cases()
    whole, _, results, faults = points.all_of(made, points.error_points, MOST)
    return points.judge(whole, results, faults, 2000)


class SmallDisk:
    """A file system in memory of so many kB."""

    def __init__(self, kilobytes):
        self.folder = flow.work / ("small%d" % kilobytes)
        self.words = ["mount", "-t", "tmpfs", "-o", "size=%dk,mode=0700" % kilobytes, "none", self.folder]

    def __enter__(self):
        self.folder.mkdir()
        done = subprocess.run(self.words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            flow.skip("a small file system in memory cannot be mounted: %s" % done.stderr.strip())
        return self.folder

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.folder], check=True)


@test("on a disk of 256 kB an instance is made whole or not at all, and says which")
def tiny():
    if os.geteuid() != 0:
        flow.skip("only root can mount")
    with SmallDisk(256) as folder:
        made = subprocess.run([flow.PROGRAM, "init", folder / "site", "--domain", DOMAIN], capture_output=True, check=False)
        listed = subprocess.run([flow.PROGRAM, "--config", folder / "site" / "diktyo.conf", "group", "list"], capture_output=True, check=False)
        holds(made.returncode != 0 or listed.returncode == 0, "init says 0, and the instance is not there: %r" % listed.stderr)
        return "init: exit %d" % made.returncode


@test("on a disk that fills up, exit 0 is said of posts that are there and of no other, and once there is room the rest comes in")
def filling():
    if os.geteuid() != 0:
        flow.skip("only root can mount")
    model, said = crash.base(), {0: 0, 75: 0}
    size = (model.folder / "diktyo.db").stat().st_size // 1024
    for room in range(16, 257, 16):
        with SmallDisk(size + room) as folder:
            site = Site.__new__(Site)
            site.folder, site.program, site.file = folder, model.program, folder / "diktyo.conf"
            for name in ("diktyo.conf", "diktyo.db"):
                shutil.copy(model.folder / name, folder / name)
            mails = [letter(subject="Γεμάτος δίσκος %d" % number, text="Κείμενο. " * 500) for number in range(8)]
            codes = [site.receive(mail, code=None).returncode for mail in mails]
            subprocess.run(["mount", "-o", "remount,size=8m", folder], check=True)
            found = {name for name, in site.rows("SELECT message_id FROM posts")}
            same([code for code in codes if code not in said], [], "other exits with %d kB of room" % room)
            for mail, code in zip(mails, codes):
                said[code] += 1
                holds(code != 0 or message_id(mail) in found, "exit 0 with %d kB of room, and the post is not there" % room)
                site.receive(mail)
            same(site.count("posts"), 8)
            same(site.rows("PRAGMA integrity_check"), [("ok",)])
    holds(all(said.values()), "the disk was never full, or always: %s" % said)
    return "%d taken, %d put off" % (said[0], said[75])


flow.main()
