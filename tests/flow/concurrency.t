#!/usr/bin/env -S python3 -B
# Mail servers start as many receivers as there is mail: none may get lost, none may be taken twice, none may wait for ever.
import concurrent.futures
import sys

sys.path.insert(0, "tests/tools")
import flow
from flow import ELENI, MARIA, NIKOS, Site, letter, same, test

POSTS, AT_ONCE = 200, 20


def in_parallel(function, values):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(function, values))


@test("200 posts by 20 receivers at once are accepted once each, with at most one retry")
def different():
    site = Site().group(members=(NIKOS, ELENI))
    mails = [letter(sender, "Θέμα %d" % i) for i in range(POSTS // 2) for sender in (NIKOS, ELENI)]
    codes = in_parallel(lambda mail: site.receive(mail, code=None).returncode, mails)
    waiting = [mail for mail, code in zip(mails, codes) if code == 75]
    same(sorted(set(codes) - {75}), [0])
    same(in_parallel(lambda mail: site.receive(mail, code=None).returncode, waiting), [0] * len(waiting))
    same(sorted(number for number, in site.rows("SELECT message_id FROM posts")), sorted(flow.message_id(mail) for mail in mails))
    same((site.count("deliveries"), site.count("held")), (3 * POSTS, 0))
    same(site.rows("PRAGMA integrity_check") + site.rows("PRAGMA foreign_key_check"), [("ok",)])
    return "%d answered 75 at first" % len(waiting)


@test("the same mail by 20 receivers at once is one post, and each answers 0")
def the_same():
    site = Site().group()
    mail = letter()
    same(in_parallel(lambda mail: site.receive(mail, code=None).returncode, [mail] * AT_ONCE), [0] * AT_ONCE)
    same((site.count("posts"), site.count("letters"), site.count("deliveries")), (1, 1, 2))


@test("a mail to two groups by 20 receivers at once is one post in each, and one copy for who is in both")
def cross_posted():
    site = Site().group(members=(NIKOS, ELENI)).group("health", "Υγεία", members=(NIKOS, ELENI))
    mail = letter()
    same(in_parallel(lambda group: site.receive(mail, group, code=None).returncode, ["environment", "health"] * (AT_ONCE // 2)), [0] * AT_ONCE)
    same((site.count("posts"), site.count("deliveries"), site.count("deliveries", "state = 'covered'")), (2, 6, 3))


@test("posts that come in while five senders send reach each member once")
def while_sending():
    site = Site().group()
    mails = [letter(subject="Θέμα %d" % i) for i in range(30)]

    def work(mail):
        return site.receive(mail, code=None).returncode if mail else site.run("deliver", "--once", code=None).returncode
    tasks = [task for i in range(0, 30, 6) for task in (*mails[i:i + 6], None)]
    same(set(in_parallel(work, tasks)), {0})
    site.deliver()
    for member in (NIKOS, MARIA):
        same(sorted(flow.message_id(copy) for copy in site.mails(member)), sorted(flow.message_id(mail) for mail in mails), member)
    same(site.count("deliveries", "state <> 'sent'"), 0)


flow.main()
