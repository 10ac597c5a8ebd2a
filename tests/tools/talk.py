"""talk.py: people who talk with the robot by mail. A Talk is an instance with a clock that only the test moves: the robot counts its answers by the hour."""
import contextlib
import email.utils
import re
import sqlite3

from flow import DOMAIN, Site, arrival, letter, read, text_of

ROBOT = "diktyo@" + DOMAIN
START = 1795424400  # Monday, November 23, 2026, 9:00 in Athens
HOUR, DAY = 3600, 86400
GMAIL = "\n\nΣτις Δευ, 23 Νοε 2026 στις 9:00 π.μ., ο χρήστης Ομάδες δήμων <%s> έγραψε:\n\n> ΟΧΙ\n> ΛΗΘΗ\n" % ROBOT


class Talk(Site):
    now = START

    def later(self, seconds):
        self.now += seconds

    def write(self, author, to, subject="", text="", sender=None, **fields):
        """`to` may be the first part of an address of ours."""
        to = to if "@" in to else "%s@%s" % (to, DOMAIN)
        mail = letter(author, subject, text, **{"To": to, **fields})
        self.receive(mail, to, author if sender is None else sender, words=["--now", str(self.now)])
        return mail

    def many(self):
        """A door for many mails of one moment."""
        return self.door("--now", str(self.now))

    def inbox(self, address):
        """What came since he last looked."""
        if self.count("deliveries", "state = 'waiting'") > 0:
            self.deliver("--now", str(self.now))
        files = sorted((self.folder / "mail" / address / "new").glob("*"), key=arrival)
        mails = [file.read_bytes() for file in files]
        for file in files:
            file.unlink()
        return mails

    def ask(self, author, subject="", text="", to="diktyo", **fields):
        """Asks an hour later than the last time, and gives back the one answer."""
        self.later(HOUR + 1)
        self.inbox(author)
        self.write(author, to, subject, text, **fields)
        return only(self.inbox(author))

    def answer(self, question, author, text="", prefix="ΑΠ: ", to=None, subject=None, quote=GMAIL, **fields):
        """Presses Reply and Send."""
        subject = prefix + read(question)["Subject"] if subject is None else subject
        self.write(author, to or reply_to(question), subject, text + quote, In_Reply_To=read(question)["Message-ID"], **fields)

    def agree(self, author, subject="", text="", to="diktyo", says=""):
        """Asks, answers the question that comes back, and gives back what he is told then."""
        question = self.ask(author, subject, text, to)
        self.answer(question, author, says)
        return self.told(author)

    def told(self, address):
        return text_of(only(self.inbox(address)))

    def member(self, address, group=None):
        """{group: how mail comes}"""
        rows = self.rows("SELECT g.name, m.delivery FROM memberships m JOIN groups g ON g.id = m.group_id JOIN addresses a ON a.person = m.person"
                         " WHERE a.email = ? ORDER BY 1", address)
        return dict(rows) if group is None else dict(rows).get(group)

    def sql(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "diktyo.db")) as database, database:
            database.execute(statement, values)


def only(mails):
    if len(mails) != 1:
        raise AssertionError("%d mails came, not one: %s" % (len(mails), [str(read(mail)["Subject"]) for mail in mails]))
    return mails[0]


def reply_to(mail):
    return email.utils.parseaddr(str(read(mail)["Reply-To"]))[1]


def token_of(mail):
    return re.search(r"\+([a-z2-7]{26})@", reply_to(mail))[1]
