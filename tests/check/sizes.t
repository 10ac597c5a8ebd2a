#!/usr/bin/env -S python3 -B
# Files stay calm. The numbers are the design's (a source up to 450 lines, a header and a function up to 60); a tenth more is
# borne, so that one line of comment never forces a split. Names are nouns: `util` and its cousins are where code goes to hide.
import pathlib
import re
import house

SOURCE, HEADER, FUNCTION, TENTH = 450, 60, 60, 1.1
FUNCTION_BODY = re.compile(r"^[A-Za-z_][^;{}=\n]*?(\w+)\([^;{}]*\)\s*\{\n.*?^\}", re.MULTILINE | re.DOTALL)
HIDING = re.compile(r"(^|[_-])(utils?|misc|helpers?|common)($|[_.-])")

report = house.Report()
report.check(f"no source is much longer than {SOURCE} lines, no header than {HEADER}",
             [f"{file}: {length} lines" for file in house.SOURCES
              for length, most in [(house.text(file).count("\n"), HEADER if file.suffix == ".h" else SOURCE)]
              if length > most * TENTH],
             len(house.SOURCES))


def functions(file):
    """(name, lines) of each function of more than one line: to the brace in the first column that ends it."""
    for match in FUNCTION_BODY.finditer(house.without_comments(house.text(file))):
        yield match.group(1), match.group(0).count("\n") + 1


long, seen = [], 0
for file in house.SOURCES + sorted(pathlib.Path("tests").rglob("*.c")):
    for name, length in functions(file):
        seen += 1
        if length > FUNCTION * TENTH:
            long.append(f"{file}: {name} has {length} lines")
report.check(f"no function is much longer than {FUNCTION} lines", long, seen)

named = [path for top in ("src", "tests", "etc", "bench", "maildir-hooks") for path in sorted(pathlib.Path(top).rglob("*"))]
report.check("nothing is called util, misc, helper or common",
             [str(path) for path in named if HIDING.search(path.name)], len(named))

nouns = {file.stem for file in house.SOURCES if file.suffix == ".c"}
unit_tests = sorted(pathlib.Path("tests/unit").glob("*.c"))
report.check("each unit test has the name of the noun that it tests",
             [f"{file}: there is no {file.stem}.c in src/" for file in unit_tests if file.stem not in nouns], len(unit_tests))
report.end()
