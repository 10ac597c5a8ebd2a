#!/usr/bin/env -S python3 -B
# tests/run: alone
# A post to ten thousand is accepted about as fast as one to ten, and everybody is in the outbox. What is measured is compared with SQLite itself,
# by turns: a slow or busy machine is slow for both.
import os
import sqlite3
import statistics
import subprocess
import sys

os.environ.setdefault("TMPDIR", "/var/tmp")  # a real disk: what is measured is the answer that a mail server waits for
sys.path.insert(0, "tests/tools")
import flow
from flow import NIKOS, Site, holds, letter, same, test

MANY, FEW, RUNS, ATTEMPTS, MOST = 10000, 10, 5, 3, 3.0
MEASURE = """
import subprocess, sys, time
started = time.monotonic()
code = subprocess.run(sys.argv[1:], stdin=sys.stdin).returncode
print(code, time.monotonic() - started)
"""
posts = {"few": 0, "many": 0}
site = Site().group("few", "Λίγοι", NIKOS, members=()).group("many", "Πολλοί", NIKOS, members=())


@test("ten thousand members are imported")
def imported():
    sheet = flow.work / "members.csv"
    rows = ["name,address,organisation,groups", *("Μέλος %d,m%d@dimos.example.gr,Δήμος,%s" % (i, i, "few many" if i < FEW - 1 else "many") for i in range(MANY - 1))]
    sheet.write_text("\n".join(rows) + "\n")
    started = flow.time.monotonic()
    site.run("member", "import", sheet, "--apply")
    took = flow.time.monotonic() - started
    same((len(site.json("member", "list", "few")), len(site.json("member", "list", "many"))), (FEW, MANY))
    holds(took < 5, "it took %.1f s" % took)
    return "%.1f s" % took


def accept(group, subject):
    command = site.command("receive", "--", NIKOS, "%s@%s" % (group, flow.DOMAIN))
    done = subprocess.run([sys.executable, "-I", "-S", "-c", MEASURE, *command], input=letter(subject=subject), capture_output=True, check=True)
    code, seconds = done.stdout.split()
    same(int(code), 0)
    posts[group] += 1
    return float(seconds)


def copy_rows(database, number):
    """SQLite alone: so many rows of the same table, with the same indexes, in one statement and one safe commit."""
    columns = ", ".join(name for _, name, *_ in database.execute("PRAGMA table_info(deliveries)") if name not in ("id", "letter"))
    started = flow.time.monotonic()
    database.execute("BEGIN IMMEDIATE")
    copied = database.execute("INSERT INTO deliveries(letter, %s) SELECT letter + ?, %s FROM deliveries WHERE outgoing ="
                              " (SELECT outgoing FROM deliveries GROUP BY outgoing HAVING count(*) = ? LIMIT 1) AND letter < ?" % (columns, columns),
                              (number * 1000000, MANY, 1000000)).rowcount
    database.execute("COMMIT")
    same(copied, MANY)
    return flow.time.monotonic() - started


def compare(turn):
    """How much longer the large group takes than the small one, in times of what SQLite alone needs for the rows."""
    results = {"few": [], "many": [], "sqlite": []}
    for run in range(RUNS):
        for group in "few", "many":
            results[group].append(accept(group, "Μέτρηση %d" % run))
        with sqlite3.connect(site.folder / "diktyo.db") as source, sqlite3.connect(flow.work / ("copy-%d-%d.db" % (turn, run)), isolation_level=None) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = WAL")
            copy.execute("PRAGMA synchronous = FULL")
            results["sqlite"].append(copy_rows(copy, run + 1))
    medians = {name: statistics.median(measured) for name, measured in results.items()}
    for name, measured in results.items():
        print("# %s: %s ms, median %.0f ms" % (name, " ".join("%.0f" % (1000 * seconds) for seconds in measured), 1000 * medians[name]))
    return (medians["many"] - medians["few"]) / medians["sqlite"]


@test("a post to 10,000 members takes longer than one to 10 by no more than three times what SQLite needs for so many rows")
def accepted():
    ratios = []
    for turn in range(ATTEMPTS):
        ratios.append(compare(turn))
        if ratios[-1] < MOST:
            return "%.1f times" % ratios[-1]
    raise AssertionError("it took %s times as long" % ", ".join("%.1f" % ratio for ratio in ratios))


@test("every member is in the outbox, once for each post")
def in_the_outbox():
    post = site.rows("SELECT max(id) FROM posts")[0][0]
    fates = site.json("trace", post)[0]["recipients"]
    same(len({fate["address"] for fate in fates}), MANY)
    same({fate["state"] for fate in fates}, {"waiting"})
    same(site.count("deliveries"), posts["many"] * MANY + posts["few"] * FEW)


flow.main()
