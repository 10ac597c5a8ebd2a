#!/usr/bin/env -S python3 -B
# What is written down is what the program does: commands, settings, states, notices, and every command line, make target and
# file that a text names. Each is compared with the one table in the program that it comes from.
import difflib
import pathlib
import re
import subprocess

import house
import manual

GENERAL_OPTIONS = {*manual.GENERAL, "version"}
TEXTS = [path for pattern in ("*.md", "docs/*.md", "src/*.md", "tests/**/*.md", "bench/**/*.md", "maildir-hooks/**/*", "etc/**/*", "man/*")
         for path in sorted(pathlib.Path(".").glob(pattern)) if path.is_file()]

report = house.Report()


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def squeezed(text):
    return " ".join(text.split())


# --- commands ------------------------------------------------------------------------------------------------------
table = manual.commands()
by_words = {manual.words(command): command for command in table}

report.check("each command says how it is used, what it does, and gives an example of itself",
             [f"{words}: {key} is missing" for words, command in by_words.items() for key in ("usage", "help") if key not in command] +
             [f"{words}: the example is “{command['example']}”" for words, command in by_words.items()
              if not re.match(rf"diktyo {words}( |$)", command["example"])],
             len(table))

overview = run(manual.PROGRAM, "--help")
report.check("diktyo --help names each command",
             [f"{words} is missing" for words in by_words if not re.search(rf"\b{words}\b", overview.stdout)] +
             [f"it exits with {overview.returncode}"] * (overview.returncode != 0),
             len(by_words))

unlike = []
for words, command in by_words.items():
    told = run(manual.PROGRAM, *words.split(), "--help")
    shown = squeezed(told.stdout)
    wanted = [manual.usage(command), command["help"], command["example"]] + \
             [piece for option in command["options"] for piece in ("--" + option["name"], option["help"])]
    unlike += [f"diktyo {words} --help does not say “{piece}”" for piece in wanted if squeezed(piece) not in shown]
    unlike += [f"diktyo {words} --help offers --{name}, which the table does not"
               for name in set(re.findall(r"^ +--([a-z][a-z-]*)", told.stdout, re.MULTILINE))
               - {option["name"] for option in command["options"]} - GENERAL_OPTIONS]
    unlike += [f"diktyo {words} --help exits with {told.returncode}"] * (told.returncode != 0)
report.check("diktyo NOUN VERB --help says what the table of commands says", unlike, len(table))

# --- man pages -----------------------------------------------------------------------------------------------------
for page, source in manual.TABLES.items():
    _, written, _ = manual.pieces(page)
    wanted = manual.expected(page)
    differing = [f"{'says' if line[0] == '-' else 'lacks'} “{line[1:]}”"
                 for line in list(difflib.unified_diff(written.splitlines(), wanted.splitlines(), n=0, lineterm=""))[2:] if line[0] in "-+"]
    report.check(f"{page} says what {source} says (else: make manual)", differing, len(wanted.splitlines()))

pages = sorted(pathlib.Path("man").glob("*.[157]"))
report.check("the man pages are clean mdoc",
             [line for page in pages for line in run("mandoc", "-T", "lint", "-W", "warning", str(page)).stdout.splitlines()], len(pages))

# --- configuration -------------------------------------------------------------------------------------------------
settings = manual.settings()
sample, section, found = house.text("etc/diktyo.conf"), None, {}
for line in sample.splitlines():
    if heading := re.match(r"\[(\w+)\]$", line):
        section = heading.group(1)
    elif setting := re.match(r"(#?)(\w+) ?= ?(.*)$", line):
        found[(section, setting.group(2))] = setting.group(3).strip() if setting.group(1) else None
wanted = {(setting["section"], setting["key"]): setting["fallback"] for setting in settings}
report.check("etc/diktyo.conf has each setting with the value that holds anyway",
             [f"[{section}] {key} is missing" for section, key in wanted.keys() - found.keys()] +
             [f"[{section}] {key} is no setting" for section, key in found.keys() - wanted.keys()] +
             [f"[{name[0]}] {name[1]}: the sample says “{found[name]}”, the program “{wanted[name]}”"
              for name in found.keys() & wanted.keys() if found[name] != wanted[name]],
             len(settings))

# --- states --------------------------------------------------------------------------------------------------------
states = house.text("docs/STATES.md")
schema = "".join(re.findall(r'"((?:\\.|[^"\\])*)"', house.text("src/store/sql.c")))
words_of = {"deliveries": set(re.findall(r'"(\w+)"', re.search(r"delivery_state_words\[\] = \{(.*?)\}", house.text("src/model/delivery.h"), re.DOTALL).group(1)))}
for name in ("deliveries", "held", "tokens"):
    # SQLite cannot change a CHECK: a later step makes the table anew, under a name of its own first.
    create = list(re.finditer(rf"CREATE TABLE {name}(?:_new)?\((.*?)\) STRICT", schema))[-1]
    checked = set(re.findall(r"'(\w+)'", re.search(r"state TEXT NOT NULL CHECK\((.*?)\)\)", create.group(1)).group(1)))
    part = re.search(rf"^## [^\n]*`{name}`.*?(?=^## |\Z)", states, re.MULTILINE | re.DOTALL)
    described = set(re.findall(r"^\| \*\*(\w+)\*\* \|", part.group(0), re.MULTILINE)) if part else set()
    known = words_of.get(name, checked)
    report.check(f"docs/STATES.md, the schema and the code know the same states of {name}",
                 [f"the schema allows {sorted(checked)}, the code knows {sorted(known)}"] * (checked != known) +
                 [f"{state} is not described" for state in sorted(checked - described)] +
                 [f"{state} is described but is no state" for state in sorted(described - checked)],
                 len(checked))

edits = re.findall(r'^    "([^"]+)":$', re.search(r"^EDITS = \{(.*?)^\}", house.text("tests/flow/relay-contract.t"), re.MULTILINE | re.DOTALL).group(1), re.MULTILINE)
deviations = squeezed(house.text("docs/DEVIATIONS.md"))
report.check("docs/DEVIATIONS.md names what the contract test of the relays excepts",
             [f"“{name}” is missing" for name in edits if name not in deviations], len(edits))

# --- notices -------------------------------------------------------------------------------------------------------
languages = {language: {path.name for path in pathlib.Path("templates", language).iterdir()} for language in ("el", "en")}
built_in = set(re.findall(r"<file[^>]*>([^<]+)</file>", house.text("src/builtin.gresource.xml")))
on_disk = {f"templates/{language}/{name}" for language, names in languages.items() for name in names} | {"etc/diktyo.conf"}
report.check("each notice is there in both languages", sorted(f"{name} is there in one language only" for name in languages["el"] ^ languages["en"]),
             len(languages["el"]))
report.check("each notice is built into the program",
             sorted(f"{name}: listed in src/builtin.gresource.xml or on disk, not both" for name in on_disk ^ built_in), len(built_in))
code = house.text("src/message/template.c")
report.check("each notice stands in the table of templates",
             [f"templates/*/{name}: src/message/template.c does not name it" for name in sorted(languages["el"])
              if f'"{name}"' not in code and f'"{name.rsplit(".", 1)[0]}"' not in code],
             len(languages["el"]))

# --- what the texts name -------------------------------------------------------------------------------------------
named, wrong = 0, []
for path in TEXTS:
    joined = re.sub(r"\\\n\s*", " ", house.text(path))
    for line in re.findall(r"(?:^[ \t$#]*|`|[\"|/ ])diktyo ([a-z][^\n`\"|;&]*)", joined, re.MULTILINE):
        said = line.split()
        words = next((candidate for candidate in (" ".join(said[:2]), said[0]) if candidate in by_words), None)
        if words is None:
            continue
        named += 1
        known = GENERAL_OPTIONS | {option["name"] for option in by_words[words]["options"]}
        wrong += [f"{path}: diktyo {words} has no --{name}" for name in re.findall(r"(?<![\w-])--([a-z][\w-]*)", line) if name not in known]
report.check("command lines in texts and samples use options that exist", wrong, named)

make_targets = set(re.findall(r"^([a-z][a-z-]*):", "\n".join(house.text(path) for path in ["Makefile", *pathlib.Path(".").glob("*.mk")]), re.MULTILINE))
targets = [(path, target) for path in TEXTS if path.suffix == ".md" for target in re.findall(r"(?:`|^ +)make ([a-z][a-z-]*)", house.text(path), re.MULTILINE)]
report.check("each make target that a text names is there",
             [f"{path}: there is no target {target}" for path, target in targets if target not in make_targets], len(targets))

links = []
for path in (path for path in TEXTS if path.suffix == ".md"):
    body = house.text(path)
    links += [(path, path.parent / target.split("#")[0]) for target in re.findall(r"\]\(([^)\s:]+)\)", body) if not target.startswith("#")]
    links += [(path, pathlib.Path(target)) for target in re.findall(r"`((?:src|tests|etc|docs|man|templates|maildir-hooks|bench)/[\w./-]*)`", body)]
report.check("each file that a text names is there", [f"{path}: there is no {target}" for path, target in links if not target.exists() and "NAME" not in str(target)], len(links))
report.end()
