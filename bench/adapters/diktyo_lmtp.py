"""diktyo as its two services: mail comes in by LMTP (`diktyo lmtp`) and goes out as it comes (`diktyo deliver`), in the environment of their units."""
import contextlib
import os
import pathlib
import smtplib
import subprocess
import threading
import time

import diktyo


def environment(service):
    unit = (pathlib.Path(__file__).resolve().parents[2] / ("etc/systemd/diktyo-%s.service" % service)).read_text()
    words = [word for line in unit.splitlines() if line.startswith("Environment=") for word in line.split("=", 1)[1].split()]
    return {**os.environ, **dict(word.split("=", 1) for word in words)}


def why_not(full):
    return diktyo.why_not(full)


class System(diktyo.System):
    name, resident = "diktyo-lmtp", True

    def __init__(self, folder, build):
        super().__init__(folder, build)
        self.services, self.port = [], 9300

    def prepare(self, members, bulk, port):
        self.stop()
        super().prepare(members, bulk, port)
        self.port += 1
        text = (self.site / "diktyo.conf").read_text().replace("#listen = /run/diktyo/lmtp", "listen = 127.0.0.1:%d" % self.port)
        (self.site / "diktyo.conf").write_text(text)
        for words in ("lmtp",), ("deliver",):
            self.services.append(subprocess.Popen([diktyo.PROGRAM, *words, "--config", str(self.site / "diktyo.conf")], env=environment(words[0])))
        for _ in range(500):
            with contextlib.suppress(OSError):
                smtplib.LMTP("127.0.0.1", self.port).quit()
                break
            time.sleep(0.02)
        for _ in range(500):
            if (self.site / "bell").exists():
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

    def send(self):
        pass

    def stop(self):
        for service in self.services:
            service.terminate()
            service.wait()
        self.services = []
