#!/usr/bin/env -S python3 -B
# One door per library: its header is included behind that door only, and no type of it shows in a header that is read
# elsewhere. GLib is everywhere; the C library and the kernel need no door.
import re
import house

# Library: the headers it is known by, the names it gives its types and functions, and its door (a room or files).
DOORS = {
    "gmime": (r"gmime/", r"\bGMime\w+|\bg_mime_\w+|\bInternetAddress\w*", ["src/message/"]),
    "libxml2": (r"libxml/", r"\bxml[A-Z]\w*|\bhtml[A-Z]\w*", ["src/message/"]),
    "libidn2": (r"idn2", r"\bidn2_\w+|\bIdn2\w+", ["src/message/"]),
    "libseccomp": (r"seccomp", r"\bscmp_\w+|\bseccomp_\w+", ["src/message/"]),
    "sqlite": (r"sqlite3", r"\bsqlite3\w*", ["src/store/database.c"]),
    "libesmtp": (r"libesmtp|auth-client", r"\bsmtp_\w+_t\b|\bauth_\w+_t\b", ["src/deliver/relay_esmtp.c", "src/deliver/esmtp_library"]),
    "jansson": (r"jansson", r"\bjson_t\b|\bjson_\w+_t\b", ["src/cli/output.c", "src/message/report_notification.c"]),
    # Our own client's; and libESMTP must be handed a TLS context: its default one is freed twice and deadlocks with TLS 1.3.
    "openssl": (r"openssl/", r"\bSSL\w*|\bX509\w*", ["src/deliver/mta_stream.c", "src/deliver/relay_esmtp.c", "src/deliver/esmtp_library"]),
}
GLIB = re.compile(r"(glib|gio)(/|\.h|-unix|-object)|gio/|glib/")
SYSTEM = re.compile(r"(arpa|linux|net|netinet|sys)/\w+\.h|(assert|ctype|dirent|dlfcn|errno|fcntl|fnmatch|getopt|grp|iconv|inttypes|limits|locale"
                    r"|math|netdb|poll|pwd|sched|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib"
                    r"|string|strings|sysexits|syslog|termios|time|unistd|wchar)\.h")

report = house.Report()


def behind(file, door):
    return any(str(file).startswith(place) for place in door)


def read_elsewhere(header, door):
    """Whether a file that is not behind the door includes this header, by itself or through others."""
    reached, new = set(), {str(header)[len("src/"):]}
    while new:
        reached |= new
        new = {str(f)[len("src/"):] for f in house.SOURCES
               if any(ours and name in new for ours, name in house.includes(f))} - reached
    return [name for name in reached if not behind("src/" + name, door)]


every_include = [(file, name) for file in house.SOURCES for ours, name in house.includes(file) if not ours]
known = [GLIB, SYSTEM] + [re.compile(door[0]) for door in DOORS.values()]
report.check("every library has a door here",
             [f"{file} includes <{name}>, which has no door in tests/check/doors.t"
              for file, name in every_include if not any(pattern.match(name) for pattern in known)],
             len(every_include))

for library, (header, names, door) in DOORS.items():
    report.check(f"{library} is included in {' '.join(door)} only",
                 [f"{file} includes <{name}>" for file, name in every_include if re.match(header, name) and not behind(file, door)],
                 len(every_include))
    shown = []
    for file in house.HEADERS:
        found = re.search(names, house.without_comments(house.text(file)))
        if found and (not behind(file, door) or read_elsewhere(file, door)):
            shown.append(f"{file} shows {found.group(0)}")
    report.check(f"no header shows a name of {library} outside its door", shown, len(house.HEADERS))
report.end()
