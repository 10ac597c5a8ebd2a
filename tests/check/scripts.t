#!/usr/bin/env -S python3 -B
# Every script of the project can be run and is sound: shell by shellcheck, Perl and Python by their own compilers.
import os
import pathlib
import subprocess
import house

CHECKS = {
    "sh": ["shellcheck", "--severity=warning"],
    "bash": ["shellcheck", "--severity=warning"],
    "perl": ["perl", "-c"],
    "python3": ["python3", "-B", "-c", "import ast, sys; ast.parse(open(sys.argv[1], encoding='utf-8').read())"],
}

report = house.Report()


def language(path):
    """The interpreter that the first line names, or None."""
    with open(path, "rb") as file:
        first = file.readline().decode("utf-8", "replace").split()
    if not first or not first[0].startswith("#!"):
        return None
    named = [os.path.basename(word) for word in first if not word.startswith("-")]
    return named[1] if named[0] == "env" else named[0].lstrip("#!")


candidates = [path for top in (".ci", "bench", "demo", "etc", "maildir-hooks", "tests") for path in sorted(pathlib.Path(top).rglob("*"))
              if path.is_file() and "mail" not in path.parts]
scripts = [(path, language(path)) for path in candidates]
scripts = [(path, interpreter) for path, interpreter in scripts if interpreter]
report.check("each script can be run", [f"{path} is not executable" for path, _ in scripts if not os.access(path, os.X_OK)], len(scripts))
report.check("each script is in a language that we check",
             [f"{path}: {interpreter}" for path, interpreter in scripts if interpreter not in CHECKS], len(scripts))
for interpreter, command in CHECKS.items():
    findings, mine = [], [path for path, named in scripts if named == interpreter]
    for path in mine:
        result = subprocess.run([*command, str(path)], capture_output=True, text=True)
        findings += [f"{path}:", *(result.stdout + result.stderr).splitlines()[:15]] if result.returncode != 0 else []
    if mine:
        report.check(f"what is written in {interpreter} is sound", findings, len(mine))
report.end()
