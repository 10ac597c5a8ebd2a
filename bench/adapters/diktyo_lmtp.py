"""diktyo as its two services: mail comes in by LMTP (`diktyo lmtp`) and goes out as it comes (`diktyo deliver`)."""
import contextlib
import smtplib
import threading
import time

import diktyo


def why_not(full):
    return diktyo.why_not(full)


class System(diktyo.System):
    name = "diktyo-lmtp"

    def __init__(self, folder, build):
        super().__init__(folder, build)
        self.port = 9300

    def prepare(self, members, bulk, port):
        super().prepare(members, bulk, port)
        self.port += 1
        text = (self.site / "diktyo.conf").read_text().replace("#listen = /run/diktyo/lmtp", "listen = 127.0.0.1:%d" % self.port)
        (self.site / "diktyo.conf").write_text(text)
        self.start("lmtp")
        for _ in range(500):
            with contextlib.suppress(OSError):
                smtplib.LMTP("127.0.0.1", self.port).quit()
                break
            time.sleep(0.02)
        return True

    def one(self, mails):
        with smtplib.LMTP("127.0.0.1", self.port) as door:
            for mail in mails:
                door.sendmail("maria@dimos.example.gr", ["bench@groups.example.gr"], mail)

    def hand_in(self, mails, at_once):
        parts = [threading.Thread(target=self.one, args=(mails[i::at_once],)) for i in range(at_once)]
        for part in parts:
            part.start()
        for part in parts:
            part.join()
