#!/usr/bin/env -S python3 -B
# No name of ours that a linked library also has: the dynamic linker would make the library call us, or us it. And decide/
# stays pure: what its objects ask the linker for tells whether a clock, a file or a network has crept in.
import pathlib
import re
import subprocess
import house

# What libraries that we link, or will, take for their own.
TAKEN = re.compile(r"(mail|maildir|mbox|mime|mailimap|mailstream|smtp|auth|g|gmime|glib|sqlite3|xml|html|idn2|seccomp)_|gmime|sqlite3|xml")
IMPURE = re.compile(r"time|clock_\w+|gettimeofday|g_get_\w+_time|g_date_time_new_now\w*|g_time_zone_new\w*|open\w*|fopen\w*|read|write"
                    r"|socket|send\w*|recv\w*|\w*getenv|g_get_(user|host|home|current)\w*|g_file_\w+|g_(d)?random_\w+|getrandom"
                    r"|token_(new|random)|sqlite3_\w+|log_\w+|database_\w+|query_\w+|printf|puts|g_print\w*|g_spawn\w*|fork")
LIBRARY, PROGRAM = pathlib.Path("build/plain/libdiktyo.a"), pathlib.Path("build/diktyo")


def lines(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def symbols(*command):
    """The names that nm prints, without the versions of shared libraries."""
    return {line.split()[-1].split("@")[0] for line in lines("nm", *command) if len(line.split()) >= 2}


report = house.Report()
ours = symbols("--extern-only", "--defined-only", str(LIBRARY))
# The second is linked to what the program opens only when it is wanted.
linked = {match.group(1) for match in (re.search(r"=> (/\S+)", line) for line in lines("ldd", str(PROGRAM)) + lines("ldd", "build/plain/needs")) if match}
theirs = {}
for library in linked:
    for name in symbols("--dynamic", "--extern-only", "--defined-only", library):
        theirs.setdefault(name, library)

report.check("no global name begins like a library's",
             sorted(f"{name} is ours" for name in ours if TAKEN.match(name)), len(ours))
report.check("no global name is one that a linked library exports",
             sorted(f"{name} is ours and of {theirs[name]}" for name in ours if name in theirs),
             len(ours) and len(theirs))
# What only a library has is the linker's copy of that library's data.
exported = symbols("--dynamic", "--defined-only", str(PROGRAM)) - (theirs.keys() - ours)
report.check("the program exports nothing", sorted(f"{name} is exported" for name in exported), len(ours))

objects = sorted(pathlib.Path("build/plain/decide").glob("*.o"))
asked = [(object_file, name) for object_file in objects for name in symbols("--undefined-only", str(object_file))]
report.check("decide/ asks for no clock, file, network, database or chance",
             [f"{object_file} uses {name}" for object_file, name in asked if IMPURE.fullmatch(name)], len(asked))
report.end()
