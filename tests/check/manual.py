#!/usr/bin/env -S python3 -B
"""manual.py: the parts of the man pages that say what tables in the program say: commands in diktyo.1, settings in diktyo.conf.5.

`make manual` writes them between two comment lines; docs.t compares. So there is one table and nothing to keep in step."""
import json
import os
import re
import subprocess
import sys

import house

BEGIN, END = '.\\" Written by `make manual` from {}.\n', '.\\" end of table\n'
PROGRAM = os.environ.get("DIKTYO", "build/diktyo")
# Options of many commands: listed once at the end, not under each command.
GENERAL = ("config", "json", "now", "help")
TABLES = {
    "man/diktyo.1": "src/cli/commands.c",
    "man/diktyo.conf.5": "src/base/config.c",
    "man/diktyo-mail.7": "src/decide/words.c",
}

SETTING = re.compile(r'\{\s*"(?P<section>\w+)",\s*"(?P<key>\w+)",\s*SETTING_(?P<kind>\w+),\s*AT\(\w+\),\s*(?P<fallback>NULL|"[^"]*"),'
                     r'\s*(?P<least>-?\d+),\s*(?P<most>-?\d+),\s*(?P<choices>NULL|"[^"]*"),\s*(?P<help>(?:"(?:\\.|[^"\\])*"\s*)+)\}')


def literal(text):
    """The value of a C literal: None for NULL, else the pieces of text put together."""
    if text == "NULL":
        return None
    return "".join(re.findall(r'"((?:\\.|[^"\\])*)"', text)).replace('\\"', '"').replace("\\\\", "\\")


def settings():
    """[{section, key, kind, fallback, least, most, choices, help}] of config_settings."""
    source = house.text("src/base/config.c")
    table = source[source.index("config_settings[] = {"):source.index("{NULL, NULL,")]
    rows = [match.groupdict() for match in SETTING.finditer(table)]
    if len(rows) != table.count("AT("):
        raise ValueError("src/base/config.c: a row of config_settings does not look like the others")
    for row in rows:
        for name in ("fallback", "choices", "help"):
            row[name] = literal(row[name])
    return rows


def commands():
    """[{noun, verb, usage, help, example, options: [{name, argument, help}]}] as the program tells them."""
    result = subprocess.run([PROGRAM, "commands", "--json"], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def words(command):
    return " ".join(word for word in (command["noun"], command.get("verb")) if word)


def usage(command):
    """The whole line, whether or not the table repeats the program's name."""
    text = command["usage"]
    return text if text.startswith("diktyo ") else f"diktyo {words(command)} {text}".rstrip()


def escaped(text):
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in ".'" else text


def sentences(text):
    """Each sentence on its own line, as mdoc wants it, begun with a capital and ended with a stop."""
    text = text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", ")")) else ".")
    return "\n".join(escaped(piece) for piece in re.split(r"(?<=[.!?]) (?=[A-ZΑ-Ω])", text))


def argument(word):
    return "" if not word else f' Ar "{word}"'


def options_as_mdoc(options):
    items = [line for option in options
             for line in (f'.It Fl \\-{option["name"]}{argument(option["argument"])}', escaped(option["help"]))]
    return [".Bl -tag -width Ds", *items, ".El"] if items else []


def commands_as_mdoc(table):
    lines, general = [], {}
    for command in table:
        own = [option for option in command["options"] if option["name"] not in GENERAL]
        also = [option for option in command["options"] if option["name"] in GENERAL]
        general.update((option["name"], option) for option in also)
        lines += [f".Ss {words(command)}", ".Bd -literal -compact", escaped(usage(command)), ".Ed", ".Pp", sentences(command["help"])]
        lines += options_as_mdoc(own)
        if taken := [f'\\-\\-{option["name"]}' for option in also if option["name"] != "help"]:
            lines += [".Pp", "Also: " + ", ".join(taken) + "."]
        lines += [".Pp", "Example:", ".Bd -literal -offset indent -compact", escaped(command["example"]), ".Ed"]
    lines += [".Ss Options of many commands", *options_as_mdoc(general[name] for name in GENERAL if name in general)]
    return "\n".join(lines) + "\n"


def allowed(setting):
    if setting["kind"] == "NUMBER":
        return f"A number from {setting['least']} to {setting['most']}."
    if setting["kind"] == "CHOICE":
        return "One of: " + ", ".join(setting["choices"].split("|")) + "."
    return {"PATH": "A path.", "ZONE": "A name from /usr/share/zoneinfo.", "DOMAIN": "A domain name.", "TEXT": "Text on one line."}[setting["kind"]]


def settings_as_mdoc(table):
    lines, section = [], None
    for setting in table:
        if setting["section"] != section:
            lines += ([".El"] if section else []) + [f'.Ss [{setting["section"]}]', ".Bl -tag -width Ds"]
            section = setting["section"]
        lines += [f'.It Cm {setting["key"]}', sentences(setting["help"]), escaped(allowed(setting))]
        lines += ["It must be set." if setting["fallback"] is None else
                  "Default: empty." if setting["fallback"] == "" else f'Default: {setting["fallback"]}.']
    return "\n".join(lines + [".El"]) + "\n"


ORDER = re.compile(r'\{VERB_(\w+),\s*TAKES_\w+,\s*WORDS\((.*?)\),\s*((?:"[^"]*"\s*)+),\s*((?:"[^"]*"\s*)+),\s*(true|false),\s*(true|false)\}', re.DOTALL)


def orders():
    """[(words, usage in Greek, usage in English, for moderators, confirmed)] of commands_by_mail, but those that have no usage."""
    source = house.text("src/decide/words.c")
    table = source[source.index("commands_by_mail[] = {"):]
    table = table[:table.index("};")]
    rows = [(re.findall(r'"([^"]*)"', row[1]), literal(row[2]), literal(row[3]), row[4] == "true", row[5] == "true") for row in ORDER.findall(table)]
    if len(rows) != table.count("WORDS("):
        raise ValueError("src/decide/words.c: a row of commands_by_mail does not look like the others")
    return rows


def orders_as_mdoc(table):
    lines = [".Bl -tag -width Ds"]
    for known, greek, english, moderators, confirmed in table:
        marks = [text for wanted, text in ((moderators, "for moderators"), (confirmed, "asked back")) if wanted]
        lines += [f".It {escaped(greek)}", escaped(english) + (" (" + ", ".join(marks) + ")" if marks else "") + "."]
        if len(known) > 2:
            lines += ["Also: " + escaped(", ".join(known[2:])) + "."]
    return "\n".join(lines + [".El"]) + "\n"


def expected(page):
    if page == "man/diktyo-mail.7":
        return orders_as_mdoc(orders())
    return commands_as_mdoc(commands()) if page == "man/diktyo.1" else settings_as_mdoc(settings())


def pieces(page):
    """The page before its table (the marking line included), the table, and what follows."""
    before, rest = house.text(page).split(BEGIN.format(TABLES[page]), 1)
    table, after = rest.split(END, 1)
    return before + BEGIN.format(TABLES[page]), table, END + after


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    for name in TABLES:
        before, _, after = pieces(name)
        whole = before + expected(name) + after
        with open(name, "w", encoding="utf-8") as page:
            page.write(whole)
        print(f"{name}: written")
