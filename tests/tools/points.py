"""points.py: every point of the crash tests: strikes there, runs the command again as its caller would, and counts what was found.
tests/crash/*.t say which points."""
import collections
import multiprocessing
import os
import re
import sqlite3
import subprocess
from collections import Counter

import crash
import flow
from crash import LEASE, NOW, Sink, World

EFFECTS = ("write", "pwrite64", "writev", "sendto", "sendmsg", "ftruncate", "fallocate", "fsync", "fdatasync", "unlink", "rename", "link",
           "openat", "mkdir", "connect", "fcntl", "mmap", "clone", "clone3", "close", "exit_group")
ERRORS = {
    "ENOSPC": (28, ("write", "pwrite64", "writev", "ftruncate", "fallocate", "openat", "mkdir", "fsync", "fdatasync", "link", "rename")),
    "EIO": (5, ("read", "pread64", "write", "pwrite64", "writev", "openat", "close", "fsync", "fdatasync", "ftruncate", "unlink", "rename", "link",
                "fstat", "newfstatat", "lseek", "getdents64", "readlink", "sendto", "recvfrom", "recvmsg")),
    "ENOMEM": (12, ("mmap", "brk", "mprotect", "mremap", "openat", "clone", "clone3", "fork", "socket", "connect", "poll", "epoll_create1")),
    "EMFILE": (24, ("openat", "socket", "pipe2", "dup", "dup2", "epoll_create1", "eventfd2", "socketpair")),
}
# How many mails of one session may be with the server and not marked. Our client marks what was answered before it writes the next message.
# libESMTP goes step by step. In Maildirs nothing is acknowledged by anybody.
IN_FLIGHT = {"smtp": 1, "esmtp": 1, "maildir": 1}
TRIES = 3  # to reach a point that depends on who waits for whom

Point = collections.namedtuple("Point", "case process call occurrence mode")


def call_numbers():
    text = subprocess.run(["cc", "-E", "-dM", "-"], input="#include <sys/syscall.h>\n", capture_output=True, text=True, check=True).stdout
    return {name: int(number) for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.MULTILINE)}


NUMBERS = call_numbers()
NAMES = {number: name for name, number in NUMBERS.items()}


def told(point):
    return "%s: process %d, %s #%d, %s" % (cases[point.case].name, point.process, NAMES.get(point.call, point.call), point.occurrence, point.mode)


def strike_words(point):
    at = ["--at", "%d,%d,%d" % (point.process, point.call, point.occurrence)]
    if point.mode in ERRORS:
        return at + ["--errno", str(ERRORS[point.mode][0])]
    return at + ["--kill", point.mode.split()[0]] + (["--after"] if point.mode.endswith("after") else [])


# --- what must hold after a strike --------------------------------------------------------------------------------------

class Finding:
    def __init__(self):
        self.faults, self.counts = [], Counter()

    def expect(self, truth, sentence):
        if not truth:
            self.faults.append(sentence)
        return truth


def repeated(world):
    """What differs when a mail came twice. That it did may be written down as an event, and changes nothing else."""
    return lambda found: [name for name in world.unlike(found) if name != "events"]


def same_again(world, finding, unlike):
    """Once more, as if nobody knew: nothing may change."""
    code = world.run()
    found, _ = world.look()
    finding.expect(code == 0 and unlike(found) == [], "run once more it changes %s (exit %d)" % (unlike(found), code))


def after_mail(world, status, finding):
    found, faults = world.look()
    finding.faults += faults
    done, held = world.unlike(found) == [], world.holds_mail(found)
    untouched = not crash.differing(found, world.begin)
    finding.expect(done or held or untouched, "half of it is there: %s" % world.unlike(found))
    if status == 0:
        finding.expect(done or held, "exit 0, and the mail is not there")
        finding.counts["held as unreadable" if held and not done else "taken"] += 1
        return
    # A mail server takes 75 and a signal for "later"; every other code would send the mail back for a passing trouble.
    finding.expect(status in (75, 127) or status > 128, "exit %d: the mail would be sent back" % status)
    finding.counts["had it, said later" if done else "said later"] += 1
    code = world.run()
    found, faults = world.look()
    finding.faults += faults
    unlike = repeated(world)
    wrong = unlike(found) if done else world.unlike(found)
    if finding.expect(code == 0 and (wrong == [] or held), "redelivered: exit %d, other than undisturbed: %s" % (code, wrong)) and not held:
        same_again(world, finding, unlike)


def order_apart(found):
    """Who has what in which state, whatever the order in which it was made. Pieces have boundaries of chance, so a second run shares none of the first's."""
    columns, rows = found["deliveries"]
    where = [columns.index(name) for name in ("email", "state", "post", "envelope")]
    return Counter(tuple(row[i] for i in where) for row in rows), {table: len(content[1]) for table, content in found.items() if table != "pieces"}


def after_rerun(world, status, finding):
    found, faults = world.look()
    finding.faults += faults
    done = world.unlike(found) == []
    if status == 0:
        finding.expect(done, "exit 0, and it is not done: %s" % world.unlike(found))
    finding.counts["was done" if done else "not begun" if not crash.differing(found, world.begin) else "in the middle"] += 1
    code = world.run()
    found, faults = world.look()
    finding.faults += faults
    # Whose digest could not be written in the first run gets it in the second, behind the others.
    reordered = status != 137 and order_apart(found) == order_apart(world.final)
    if finding.expect(code == 0 and (world.unlike(found) == [] or reordered), "run again: exit %d, other than undisturbed: %s" % (code, world.unlike(found))) and not reordered:
        same_again(world, finding, world.unlike)


def arrived(world):
    """[(session, Message-ID, recipient)] of what the relay has taken."""
    if world.case.relay != "maildir":
        return world.sink.taken()
    return [(0, re.search(rb"(?im)^message-id:\s*<([^>]*)>", file.read_bytes()).group(1).decode(), file.parts[-3])
            for file in sorted(world.folder.glob("mail/*/new/*"))]


def states(found):
    """{(Message-ID, recipient): state}"""
    columns, rows = found["outgoing"]
    ids = {row[0]: row[columns.index("message_id")] for row in rows}
    columns, rows = found["deliveries"]
    where = [columns.index(name) for name in ("outgoing", "email", "state")]
    return {(ids[row[where[0]]], row[where[1]]): row[where[2]] for row in rows}


def after_deliver(world, status, finding):
    found, faults = world.look()
    finding.faults += faults
    taken, marked = arrived(world), {key for key, state in states(found).items() if state == "sent"}
    copies = Counter((message, recipient) for _, message, recipient in taken)
    finding.expect(marked <= set(copies), "sent, and nobody took it: %s" % (marked - set(copies)))
    in_flight = set(copies) - marked
    by_session = Counter(session for session, message, recipient in taken if (message, recipient) in in_flight)
    finding.expect(max(by_session.values(), default=0) <= IN_FLIGHT[world.case.relay], "too much of one session was in flight: %s" % by_session)
    finding.counts["most of a session %d" % max(by_session.values(), default=0)] += 1
    finding.counts["in flight"] += len(in_flight)
    later = str(NOW + 2 * LEASE)
    words = ["deliver", "--once", "--now", later]
    code = world.run(words=words)
    found, faults = world.look()
    finding.faults += faults
    copies = Counter((message, recipient) for _, message, recipient in arrived(world))
    twice = {key for key, count in copies.items() if count > 1}
    finding.counts["second copies"] += len(twice)
    finding.expect(code == 0 and states(found) == states(world.final), "sent again: exit %d, other states: %s" % (
        code, sorted(set(states(found).items()) ^ set(states(world.final).items()))[:4]))
    finding.expect({key for key, state in states(found).items() if state == "sent"} == set(copies), "what is sent is not what arrived")
    finding.expect(max(copies.values(), default=0) <= 2 and twice <= in_flight, "arrived twice, and was not in flight: %s" % (twice - in_flight))
    code = world.run(words=words)
    finding.expect(code == 0 and sum(copies.values()) == len(arrived(world)) and states(world.look()[0]) == states(found), "a third run sends something")


AFTER = {"mail": after_mail, "deliver": after_deliver, "none": after_rerun}


def examine(world, point):
    """(whether it was struck, Finding)"""
    finding = Finding()
    for _ in range(TRIES):
        world.refresh()
        struck, status = world.struck(strike_words(point))
        if struck:
            break
    else:
        return False, finding
    if point.mode.startswith("tree"):
        finding.expect(status == 137, "it was killed, and ended with %d" % status)
    finding.counts["exit %d" % status] += 1
    AFTER[world.case.kind](world, status, finding)
    return True, finding


# --- all of them, by several workers ------------------------------------------------------------------------------------

cases = []
sink = None
worlds = {}


def begin_worker():
    global sink
    sink = Sink().start()


def world_of(number):
    if number not in worlds:
        worlds[number] = World(cases[number], flow.work / ("world-%d-%d" % (os.getpid(), number)), sink)
        worlds[number].learn()
    return worlds[number]


def work(points):
    """[(case, mode, struck, counts, faults)]"""
    answers = []
    for point in points:
        try:
            struck, finding = examine(world_of(point.case), point)
        except (subprocess.TimeoutExpired, RuntimeError, sqlite3.Error) as fault:
            struck, finding = True, Finding()
            finding.faults.append("%s: %s" % (type(fault).__name__, fault))
        answers.append((point.case, point.mode, struck, finding.counts, ["%s: %s" % (told(point), fault) for fault in finding.faults]))
    return answers


def reference(number):
    """Every call that the case makes, in three runs taken together: what waits does not wait alike each time."""
    world, seen = world_of(number), set()
    for _ in range(3 if cases[number].kind == "deliver" else 1):
        seen.update(world.calls())
    return sorted(seen), sorted(world.random)


def kill_points(number, calls):
    several = any(process > 0 for process, _, _ in calls)
    effects = {NUMBERS.get(name) for name in EFFECTS}
    return ([Point(number, *call, "tree") for call in calls] + [Point(number, *call, "tree after") for call in calls if call[1] in effects]
            + [Point(number, *call, "one") for call in calls if several])


def error_points(number, calls):
    wanted = {mode: {NUMBERS.get(name) for name in names} for mode, (_, names) in ERRORS.items()}
    return [Point(number, *call, mode) for mode in ERRORS for call in calls if call[1] in wanted[mode]]


def most_of(words, usual):
    """How many points the words of a command ask for; 0: all."""
    if "--points" in words:
        return int(words[words.index("--points") + 1])
    return 0 if "--all" in words else usual


def sample(points, most):
    """Evenly spread over all of them, the same each time."""
    return points if most == 0 or len(points) <= most else [points[i * len(points) // most] for i in range(most)]


def all_of(made, choose, most):
    """Runs the chosen points of all cases: (whole, how many of them were run, results by (case, mode), faults)."""
    cases[:] = made
    workers = 1 if "TEST_SUITE" in os.environ else os.cpu_count()  # tests/run has two programs running already
    results, faults = collections.defaultdict(Counter), []
    with multiprocessing.get_context("fork").Pool(workers, begin_worker) as pool:
        known = pool.map(reference, range(len(cases)), 1)
        for case, (_, random) in zip(cases, known):
            print("#   %s: not compared, because random: %s" % (case.name, ", ".join(random) or "nothing"))
        whole = [point for number, (calls, _) in enumerate(known) for point in choose(number, calls)]
        chosen = sample(whole, most)
        pieces = max(1, len(chosen) // 20)
        chunks = [chosen[i::pieces] for i in range(pieces)]  # each spread over all, so that a run cut short has seen of all
        for answers in pool.imap_unordered(work, chunks):
            for number, mode, struck, counts, found in answers:
                result = results[number, mode]
                result.update(counts)
                result["points"] += 1
                result["struck"] += struck
                result["faulty"] += bool(found)
                faults += found
                for fault in found:
                    print("#   " + fault)
            done = sum(result["points"] for result in results.values())
            if done % 1000 < 20:
                print("#   … {:,} of {:,}, {} with faults".format(done, len(chosen), sum(result["faulty"] for result in results.values())), flush=True)
        pool.close()
        pool.join()
    return len(whole), len(chosen), results, faults


def table(results):
    for (number, mode), result in sorted(results.items()):
        rest = ", ".join("%s %d" % (name, count) for name, count in sorted(result.items()) if name not in ("points", "struck", "faulty"))
        print("#   %-24s %-10s %5d points, %5d struck, %d faulty: %s" % (cases[number].name, mode, result["points"], result["struck"], result["faulty"], rest))


def judge(whole, results, faults, least):
    """What both kinds of strike are held against; a remark for the line."""
    table(results)
    points, struck = (sum(result[name] for result in results.values()) for name in ("points", "struck"))
    flow.holds(whole >= least, "only %d points: the reference run is not what it was" % whole)
    flow.holds(struck >= points * 0.97, "only %d of %d points were struck: the others were not reached" % (struck, points))
    flow.holds(not faults, "%d points with faults" % sum(result["faulty"] for result in results.values()))
    return "{:,} of {:,} points, {:,} struck".format(points, whole, struck)
