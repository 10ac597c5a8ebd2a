#!/usr/bin/env -S python3 -B
# Each header compiles alone, with the project's own warnings and without banned.h, which would lend it <glib.h> and more.
# Lines of C are handed to the compiler, never names with blanks in them: the command is what the Makefile compiles with.
import concurrent.futures
import shlex
import subprocess
import house

report = house.Report()
command = shlex.split(subprocess.run(["make", "-s", "print-compile"], check=True, capture_output=True, text=True).stdout)
command = [word for word in command if word not in ("-MMD", "-MP")]
forced = command.index("-include")
del command[forced:forced + 2]
command += ["-fsyntax-only", "-x", "c", "-"]


def compiled(header):
    """What the compiler says of a file that includes just this header, twice."""
    line = f'#include "{str(header)[len("src/"):]}"\n'
    return subprocess.run(command, input=line * 2, capture_output=True, text=True)


with concurrent.futures.ThreadPoolExecutor(max_workers=2) as workers:
    results = list(zip(house.HEADERS, workers.map(compiled, house.HEADERS)))
report.check("each header compiles alone",
             [line for header, result in results if result.returncode != 0
              for line in [f"{header} does not:"] + result.stderr.splitlines()[:5]],
             len(results))
report.check("each header says #pragma once",
             [str(header) for header in house.HEADERS if "#pragma once" not in house.text(header)], len(house.HEADERS))
report.end()
