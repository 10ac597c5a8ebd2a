"""whole.py: `make check` looks at a fixed part of what is long, spread evenly, and says how much of the whole that was. WHOLE=1 looks at all of it."""
import os

WHOLE = bool(os.environ.get("WHOLE"))


def part(items, every):
    """Each so-many-th of them; all where the whole was asked for."""
    return items if WHOLE else items[::every]


def number(few, all_of_them):
    return all_of_them if WHOLE else few
