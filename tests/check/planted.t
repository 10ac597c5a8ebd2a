#!/usr/bin/env -S python3 -B
# A check that cannot fail proves nothing. Here one fault of each kind is planted in a copy of the tree, and the check that is
# there for it must say so; and tests/run must count whatever goes wrong with a program as a failure.
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import house

ROOT = pathlib.Path.cwd()
PROGRAM = os.environ.get("DIKTYO", str(ROOT / "build/diktyo"))
PARTS = [".ci", "demo", "docs", "etc", "maildir-hooks", "man", "src", "templates", "tests"]

report = house.Report()


def copy_tree(to, with_build, few_rooms):
    for part in PARTS:
        if (ROOT / part).exists():
            shutil.copytree(ROOT / part, to / part, symlinks=True)
    for file in [*ROOT.glob("*.md"), *ROOT.glob("*.mk"), ROOT / "Makefile", ROOT / "LICENSE"]:
        shutil.copy(file, to)
    if with_build:
        (to / "build/plain").mkdir(parents=True)
        shutil.copy(PROGRAM, to / "build/diktyo")
        shutil.copy(ROOT / "build/plain/libdiktyo.a", to / "build/plain")
        shutil.copy(ROOT / "build/plain/needs", to / "build/plain")
        shutil.copytree(ROOT / "build/plain/decide", to / "build/plain/decide")
    for room in (to / "src").iterdir() if few_rooms else []:
        if room.is_dir() and room.name not in ("base", "model"):
            shutil.rmtree(room)


def append(path, text):
    """A fault that is some lines more at the end of a file (a new one if there is none)."""
    def plant(tree):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        with open(tree / path, "a", encoding="utf-8") as file:
            file.write(text)
    return plant


def replace(path, old, new):
    """A fault that is one text instead of another; the old one must have been there."""
    def plant(tree):
        before = (tree / path).read_text(encoding="utf-8")
        after = re.sub(old, new, before, count=1, flags=re.MULTILINE)
        if after == before:
            raise ValueError(f"{path} has no “{old}”")
        (tree / path).write_text(after, encoding="utf-8")
    return plant


def remove(path):
    return lambda tree: shutil.rmtree(tree / path) if (tree / path).is_dir() else (tree / path).unlink()


def without_x(path):
    return lambda tree: (tree / path).chmod(0o644)


def compile_into(source, *command):
    def plant(tree):
        (tree / "planted.c").write_text(source, encoding="utf-8")
        for line in command:
            subprocess.run(line.split(), cwd=tree, check=True)
    return plant


def program_that(change):
    """The real program, with what it prints put through sed."""
    def plant(tree):
        (tree / "build").mkdir(exist_ok=True)
        (tree / "build/planted").write_text(f"#!/bin/sh\n'{PROGRAM}' \"$@\" | sed '{change}'\n", encoding="utf-8")
        (tree / "build/planted").chmod(0o755)
    return plant


TO_LIBRARY = ("gcc -c planted.c -o planted.o", "ar rcs build/plain/libdiktyo.a planted.o")

# The check, the fault, and a piece of what the check must say.
FAULTS = [
    ("floors", "an include that runs up", append("src/base/fault.h", '#include "message/text.h"\n'), "message is above base"),
    ("floors", "an include among siblings", append("src/store/groups.c", '#include "decide/route.h"\n'), "decide is a sibling of store"),
    ("floors", "a room without a floor", append("src/attic/box.c", "int box;\n"), "attic is no room"),
    ("floors", "an include by a relative path", append("src/flow/act.h", '#include "../base/log.h"\n'), "is not of the form"),
    ("floors", "a tree without sources", remove("src"), "nothing was looked at"),

    ("doors", "GMime outside message/", append("src/store/posts.c", "#include <gmime/gmime.h>\n"), "src/store/posts.c includes <gmime/gmime.h>"),
    ("doors", "SQLite outside database.c", append("src/store/posts.c", "#include <sqlite3.h>\n"), "src/store/posts.c includes <sqlite3.h>"),
    ("doors", "libESMTP outside its relay", append("src/deliver/relay.h", "#include <libesmtp.h>\n"), "src/deliver/relay.h includes <libesmtp.h>"),
    ("doors", "a library's type in a header", append("src/store/database.h", "sqlite3 *database_raw(Database *database);\n"), "src/store/database.h shows sqlite3"),
    ("doors", "GMime in a header that is read outside", append("src/message/address.h", "GMimeObject *address_part(void);\n"), "src/message/address.h shows GMimeObject"),
    ("doors", "a library without a door", append("src/base/log.c", "#include <curl/curl.h>\n"), "<curl/curl.h>, which has no door"),

    ("headers", "a header that needs another before it", append("src/model/route.h", "Letter *route_letter;\n"), "unknown type name"),
    ("headers", "a header without its guard", replace("src/model/route.h", "#pragma once", ""), "src/model/route.h"),

    ("symbols", "a name that begins like a library's", compile_into("void mail_open(void) {}", *TO_LIBRARY), "mail_open is ours"),
    ("symbols", "a name that a linked library has", compile_into("void inflate(void) {} void g_free(void *p) { (void)p; } int getrandom(void) { return 0; }", *TO_LIBRARY),
     "getrandom is ours and of"),
    ("symbols", "a clock in decide/", compile_into("#include <time.h>\nlong decide_now(void) { return time(0); }",
                                                  "gcc -c planted.c -o build/plain/decide/planted.o"), "planted.o uses time"),
    ("symbols", "a name that the program exports", compile_into("int planted_name; int main(void) { return planted_name; }",
                                                               "gcc -rdynamic planted.c -o build/diktyo"), "planted_name is exported"),

    ("sizes", "a long file", append("src/base/fault.c", "/* more */\n" * 600), "src/base/fault.c: 6"),
    ("sizes", "a long header", append("src/base/fault.h", "/* more */\n" * 60), "src/base/fault.h:"),
    ("sizes", "a long function", append("src/base/fault.c", "void planted(int n) {\n" + "    n++;\n" * 70 + "}\n"), "planted has 72 lines"),
    ("sizes", "a place to hide code", append("src/base/util.c", "int x;\n"), "src/base/util.c"),
    ("sizes", "a unit test of nothing", append("tests/unit/nothing.c", "int x;\n"), "there is no nothing.c"),

    ("docs", "an option that the man page does not have", replace("man/diktyo.1", r"^\.It Fl \\-subject-tag.*\n", ""), "lacks “.It Fl \\-subject-tag"),
    ("docs", "a command that the man page invents", replace("man/diktyo.1", r"^\.Ss group list", ".Ss group shout"), "says “.Ss group shout”"),
    ("docs", "a setting that the man page does not have", replace("man/diktyo.conf.5", r"^\.It Cm hops\n", ""), "lacks “.It Cm hops”"),
    ("docs", "a man page with a fault", append("man/diktyo.1", ".Xx\n"), "unknown macro"),
    ("docs", "help that says something else than the table", program_that("/\"help\"/s/make a group/breed a group/"), "does not say “breed a group”"),
    ("docs", "a command without an example", program_that("s/diktyo group add environment/group add environment/"), "group add: the example is"),
    ("docs", "a setting that the sample does not have", replace("etc/diktyo.conf", r"^#hops = .*\n", ""), "[limits] hops is missing"),
    ("docs", "a setting that the sample invents", append("etc/diktyo.conf", "#volume = 11\n"), "volume is no setting"),
    ("docs", "a default that the sample misstates", replace("etc/diktyo.conf", r"^#hops = .*", "#hops = 3"), "the sample says “3”"),
    ("docs", "a state that nobody described", replace("docs/STATES.md", r"^\| \*\*covered.*\n", ""), "covered is not described"),
    ("docs", "a state that the schema does not know", replace("src/model/delivery.h", '"waiting"', '"pausing"'), "the code knows"),
    ("docs", "an exception of the relays that is not written down", replace("docs/DEVIATIONS.md", "^ +\\* a second Date or.*\n", ""), "a second Date or Message-ID field is dropped” is missing"),
    ("docs", "a notice in one language only", remove("templates/en/held.txt"), "held.txt is there in one language only"),
    ("docs", "a notice that is not built in", append("templates/el/planted.txt", "Subject: x\n\nx\n"), "templates/el/planted.txt: listed"),
    ("docs", "an option that a text invents", append("README.md", "\n    diktyo group list --loudly\n"), "group list has no --loudly"),
    ("docs", "a make target that a text invents", append("README.md", "\n    make coffee\n"), "there is no target coffee"),
    ("docs", "a file that a text invents", append("README.md", "\nSee `src/attic/box.c`.\n"), "there is no src/attic/box.c"),

    ("scripts", "a broken shell script", append("maildir-hooks/new-mail", "\nif then\n"), "maildir-hooks/new-mail"),
    ("scripts", "a script that cannot be run", without_x("tests/check/floors.t"), "tests/check/floors.t is not executable"),
]

for check, fault, plant, said in FAULTS:
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        tree = pathlib.Path(folder)
        copy_tree(tree, with_build=check == "symbols", few_rooms=check == "headers")
        plant(tree)
        environment = dict(os.environ, DIKTYO=str(tree / "build/planted") if (tree / "build/planted").exists() else PROGRAM)
        result = subprocess.run([str(ROOT / f"tests/check/{check}.t")], cwd=tree, env=environment, capture_output=True, text=True)
        comments = "\n".join(line for line in result.stdout.splitlines() if line.startswith("#"))
        caught = re.search(r"^not ok", result.stdout, re.MULTILINE) and said in comments
        report.check(f"{check}: {fault} is caught", [] if caught else [f"it did not say “{said}”, but:", *(result.stdout + result.stderr).splitlines()[-12:]], 1)

# A program of this text, and what tests/run must make of it: its exit code and a line that it prints.
PROGRAMS = [
    ("two tests that pass", "echo 1..2; echo ok 1 - a; echo ok 2 - b", 0, "2 passed, 0 failed, 0 skipped"),
    ("a test that fails", "echo 1..2; echo ok 1 - a; echo not ok 2 - b", 1, "1 passed, 1 failed, 0 skipped"),
    ("a program that dies after its tests", "echo 1..1; echo ok 1 - a; kill -SEGV $$", 1, "1 passed, 1 failed, 0 skipped"),
    ("a program that exits with 3 after its tests", "echo 1..1; echo ok 1 - a; exit 3", 1, "1 passed, 1 failed, 0 skipped"),
    ("a program that ends too early", "echo 1..3; echo ok 1 - a", 1, "1 passed, 1 failed, 0 skipped"),
    ("a program that runs more tests than it planned", "echo 1..1; echo ok 1 - a; echo ok 2 - b", 1, None),
    ("a program without a plan", "echo ok 1 - a", 1, "1 passed, 1 failed, 0 skipped"),
    ("a program that says nothing", "true", 1, "0 passed, 1 failed, 0 skipped"),
    ("a program that hangs", "echo 1..1; echo ok 1 - a; sleep 60", 1, "1 passed, 1 failed, 0 skipped"),
    ("a program that is skipped, and nothing else", "echo '1..0 # SKIP no network'", 1, "0 passed, 0 failed, 1 skipped"),
    ("a test that is skipped", "echo 1..2; echo ok 1 - a; echo 'ok 2 - b # SKIP no network'", 0, "1 passed, 0 failed, 1 skipped"),
    ("a test that cmocka skips", "echo 1..2; echo ok 1 - a; echo 'not ok 2 # SKIP b'", 0, "1 passed, 0 failed, 1 skipped"),
    ("a reason that a cmocka test gives", "echo 1..2; echo ok 1 - a; echo '# skipped: no disk'; echo 'not ok 2 # SKIP b'", 0, "    skipped: b: no disk"),
    ("a suite with nothing in it", None, 1, "0 passed, 1 failed, 0 skipped"),
]
for sentence, script, code, line in PROGRAMS:
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        tree = pathlib.Path(folder)
        (tree / "tests/check").mkdir(parents=True)
        shutil.copy(ROOT / "tests/run", tree / "tests/run")
        if script is not None:
            (tree / "tests/check/planted.t").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (tree / "tests/check/planted.t").chmod(0o755)
        result = subprocess.run([str(tree / "tests/run"), "--limit", "1", "house"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        lines = result.stdout.splitlines() or [""]
        wrong = [f"it exits with {result.returncode}"] * (result.returncode != code) + [f"it does not say “{line}”"] * (line is not None and line not in lines)
        wrong += [f"it ends in “{lines[-1]}”"] * (not re.fullmatch(r"\d+ passed, \d+ failed, \d+ skipped", lines[-1]))
        report.check(f"tests/run: {sentence}", wrong + (lines + result.stderr.splitlines() if wrong else []), 1)
report.end()
