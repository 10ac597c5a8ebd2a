"""Mailman 3 (core): handed in by LMTP, sent by its out runner. Its members are made through its own command."""
import base64
import contextlib
import shutil
import smtplib
import subprocess
import threading
import time
import urllib.request


def why_not(full):
    if not full:
        return "only with --full (it takes minutes to make its lists)"
    return None if shutil.which("mailman") else "mailman3 is not installed (make bench-deps)"


class System:
    name, memory = "mailman", 0

    def __init__(self, folder, build):
        self.folder, self.lmtp, self.made = folder, 8700, set()
        self.running = False

    def mailman(self, *words):
        """What it says goes to a file: its daemons would hold a pipe open."""
        with open(self.folder / "said", "w") as said:
            return subprocess.run(["mailman", "-C", str(self.folder / "mailman.cfg"), "--run-as-root", *words], stdout=said, stderr=said, check=False).returncode

    def start(self, port):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "mailman.cfg").write_text("""[mailman]
site_owner: owner@groups.example.gr
layout: here
[paths.here]
var_dir: %s/var
bin_dir: /usr/lib/mailman3/bin
[database]
class: mailman.database.sqlite.SQLiteDatabase
url: sqlite:///%s/mailman.db
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
lmtp_host: 127.0.0.1
lmtp_port: %d
smtp_host: 127.0.0.1
smtp_port: %d
[webservice]
port: 8701
""" % (self.folder, self.folder, self.lmtp, port))
        if self.mailman("start") != 0:
            raise SystemExit("mailman does not start: %s" % (self.folder / "said").read_text()[-500:])
        self.running = True
        for _ in range(600):
            with contextlib.suppress(OSError):
                smtplib.LMTP("127.0.0.1", self.lmtp).quit()
                return
            time.sleep(0.1)
        raise SystemExit("mailman does not listen")

    def prepare(self, members, bulk, port):
        if members > 1000:
            return False
        if not self.running:
            self.start(port)
        self.address = "bench%d%s@groups.example.gr" % (members, "b" if bulk else "p")
        if self.address not in self.made:
            self.mailman("create", "-d", self.address)
            (self.folder / "members").write_text("".join("melos%d@dimos-%d.example.gr\n" % (i, i % 300) for i in range(members)))
            self.mailman("addmembers", "--no-welcome-msg", str(self.folder / "members"), self.address)
            self.made.add(self.address)
            self.no_limit()
        return True

    def no_limit(self):
        """Mail beyond 40 kB would be held; its configuration is changed by HTTP."""
        words = base64.b64encode(b"restadmin:restpass").decode()
        urllib.request.urlopen(urllib.request.Request("http://localhost:8701/3.1/lists/%s/config" % self.address, data=b"max_message_size=0", method="PATCH",
                                                      headers={"Authorization": "Basic " + words})).close()

    def one(self, mails):
        with smtplib.LMTP("127.0.0.1", self.lmtp) as door:
            for mail in mails:
                mail = mail.replace(b"bench@groups.example.gr", self.address.encode()).replace(b"maria@dimos.example.gr", b"melos1@dimos-1.example.gr", 1)
                door.sendmail("melos1@dimos-1.example.gr", [self.address], mail.replace(b"\n", b"\r\n"))

    def hand_in(self, mails, at_once):
        parts = [threading.Thread(target=self.one, args=(mails[i::at_once],)) for i in range(at_once)]
        for part in parts:
            part.start()
        for part in parts:
            part.join()

    def send(self):
        pass

    def stop(self):
        if self.running:
            self.mailman("stop")
