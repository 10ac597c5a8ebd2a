#!/usr/bin/env -S python3 -B
# Which addresses there are: what Postfix is told, what the sample of aliases has, what README.md names.
import pathlib
import re
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import DOMAIN, Site, holds, test

WORDS = "owner request join subscribe leave unsubscribe help bounces confirm moderate reply mute unmute nodigest".split()


@test("the map for Postfix has every address of ours and no other")
def postfix_map():
    site = Site().group().group("dimos.example", "Δήμος")
    site.run("group", "set", "environment", "--alias", "perivallon")
    expression = re.fullmatch(r"/(.*)/ OK\n", site.run("group", "list", "--postfix").stdout.decode())[1]
    for name in ("environment", "perivallon", "dimos.example", "diktyo"):
        for local in [name] + [name + sign + word for sign in "-+" for word in WORDS] + [name + "-reply+12", name + "-bounces+abc"]:
            holds(re.match(expression, local + "@" + DOMAIN), local)
    holds(re.match(expression, "postmaster@" + DOMAIN), "postmaster")
    for other in ("nobody", "dimosxexample", "environment-other", "environment-owner2", "xenvironment"):
        holds(not re.match(expression, other + "@" + DOMAIN), other)
    holds(not re.match(expression, "environment@" + DOMAIN.replace(".", "-", 1)), "another domain")


@test("every kind of address has its line in the sample of aliases, and is named in README.md")
def named():
    aliases, readme = pathlib.Path("etc/postfix/aliases.sample").read_text(), pathlib.Path("README.md").read_text()
    for word in WORDS:
        holds(re.search(r"^(environment|diktyo)-%s:" % word, aliases, re.MULTILINE), "aliases.sample has no line for " + word)
        holds("-%s" % word in readme, "README.md does not name " + word)


flow.main()
