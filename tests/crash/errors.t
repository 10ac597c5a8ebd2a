#!/usr/bin/env -S python3 -B
# A full or broken disk, no memory, no descriptors, at every call that can say so: never exit 0 for what was not done.
# Without --all: a fixed sample, evenly spread over all of them.
import platform
import sys

sys.path.insert(0, "tests/tools")
import crash
import flow
import points
from flow import test

MOST = 0 if "--all" in sys.argv else 160


@test("an error at a system call is never answered with an exit 0 that is not true, and the next run makes it good")
def refused():
    if platform.machine() != "x86_64":
        flow.skip("errors are answered in a call's place on x86-64 only")
    made = crash.receive_cases() + crash.deliver_cases() + crash.timed_cases()
    whole, _, results, faults = points.all_of(made, points.error_points, MOST)
    return points.judge(whole, results, faults, 2000)


flow.main()
