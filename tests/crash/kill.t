#!/usr/bin/env -S python3 -B
# Killed at every system call, then run again: nothing is lost, nothing is half there, and at most the mail in flight comes twice.
# Without --all (or --points N): a fixed sample, evenly spread over all of them.
import sys

sys.path.insert(0, "tests/tools")
import crash
import flow
import points
from flow import test

SAMPLE = 100
MOST = points.most_of(sys.argv, SAMPLE)


@test("killed at a system call, every command is whole when it is run again")
def killed():
    made = crash.receive_cases() + crash.deliver_cases() + crash.timed_cases() + crash.migration_cases()
    whole, _, results, faults = points.all_of(made, points.kill_points, MOST)
    return points.judge(whole, results, faults, 5000)


flow.main()
