#!/usr/bin/env -S python3 -B
# Digests for two years, hour by hour: six zones and all their changes of the clock, people who join, leave, and choose another mode, hour, zone or format,
# runs that are missed for days, and runs that are doubled. Every post is in exactly one digest of everybody who is entitled to it.
# DIGEST_DAYS says how many days are played (make check-digest-years: 730); a sample of the same is part of every check.
import os
import re
import subprocess
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import holds, same, test

DAYS, ALL, SEED = int(os.environ.get("DIGEST_DAYS", "40")), 730, "20261127"


@test("every post is in exactly one digest of everybody entitled to it, and nobody has two on one day")
def years():
    found = subprocess.run(["build/plain/tools/digest_years", str(DAYS), SEED], capture_output=True, text=True)
    print("".join("# %s\n" % line for line in found.stdout.splitlines()), end="")
    numbers = dict(re.findall(r"([a-z][a-z ]+) (\d+)", found.stdout))
    same((numbers["faults"], numbers["days with two"]), ("0", "0"))
    same(found.returncode, 0)
    holds(int(numbers["entitled"]) > 20 * DAYS and int(numbers["doubled"]) > DAYS and int(numbers["hours without a run"]) > 0, "enough was played: %s" % numbers)
    return "%d of %d days, %s hours, %s posts, %s digests, %s copies" % (DAYS, ALL, numbers["hours"], numbers["posts"], numbers["digests"], numbers["entitled"])


flow.main()
