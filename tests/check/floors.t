#!/usr/bin/env -S python3 -B
# Who may include whom: downward only, siblings never, so that the house has no circle and no arrow that runs back up.
import house

report = house.Report()

report.check("every file of src/ stands in a room that has a floor",
             [f"{file}: {house.room(file)} is no room" for file in house.SOURCES if house.room(file) not in house.FLOORS],
             len(house.SOURCES))

findings, looked_at = {}, {}
unknown = []
for file in house.SOURCES:
    here = house.room(file)
    findings.setdefault(here, [])
    looked_at[here] = looked_at.get(here, 0) + 1
    for ours, name in house.includes(file):
        if not ours:
            continue
        there = name.split("/")[0]
        if there not in house.FLOORS or name.count("/") != 1 or name.startswith("."):
            unknown.append(f'{file}: "{name}" is not of the form "room/noun.h"')
        elif there != here and house.FLOORS[there] >= house.FLOORS.get(here, 0):
            floor = "a sibling of" if house.FLOORS[there] == house.FLOORS.get(here, 0) else "above"
            findings[here].append(f'{file} includes "{name}": {there} is {floor} {here}')

report.check('our headers are included as "room/noun.h"', unknown, len(house.SOURCES))
for here in sorted(findings, key=lambda name: (house.FLOORS.get(name, 0), name)):
    report.check(f"{here} includes only what lies below it", findings[here], looked_at[here])
report.end()
