"""house.py: what the checks of the house share: the plan of the house (DESIGN: floors and doors) and how findings are told (TAP).

A check looks at the tree it is started in, so that planted.t can hand it a copy with a fault."""
import pathlib
import re
import sys

# Include downward only; rooms on one floor never include each other.
FLOORS = {
    "base": 1, "model": 1,
    "message": 2, "decide": 2, "store": 2,
    "flow": 3, "deliver": 3, "publish": 3,
    "intake": 4, "web": 4,
    "serve": 5,
    "cli": 6,
    "main.c": 7,
}

SOURCES = sorted(pathlib.Path("src").rglob("*.[ch]"))
HEADERS = [file for file in SOURCES if file.suffix == ".h"]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def text(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def room(file):
    """The room of a file below src/: its folder, or its own name when it stands in none."""
    return file.parts[1]


def includes(file):
    """[(is_ours, name)] of a source file: "room/noun.h" is ours, <name> is a library's."""
    return [(mark == '"', name) for mark, name in INCLUDE.findall(text(file))]


def without_comments(source):
    """C source with comments and the insides of strings blanked, line for line."""
    def blank(match):
        piece = match.group(0)
        return re.sub(r"[^\n]", " ", piece) if piece.startswith("/") else '""' + " " * (len(piece) - 2)
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", blank, source, flags=re.DOTALL)


class Report:
    """Counts and prints; one `ok` line per sentence, its findings as comments."""

    def __init__(self):
        self.count = 0

    def check(self, sentence, findings, looked_at):
        """Fails when there are findings, and when nothing was looked at: a blind check must not be green."""
        self.count += 1
        findings = list(findings) if looked_at else ["nothing was looked at"]
        print(f"{'not ok' if findings else 'ok'} {self.count} - {sentence} ({looked_at} looked at)")
        for finding in findings:
            print(f"# {finding}")

    def skip(self, sentence, reason):
        self.count += 1
        print(f"ok {self.count} - {sentence} # SKIP {reason}")

    def end(self):
        print(f"1..{self.count}")
        sys.exit(0)
