"""diktyo as README.md installs it: `receive` for each mail, as a pipe runs it, and `deliver` as a service. Instances are made once for each size and
copied for each round."""
import os
import pathlib
import re
import shutil
import subprocess
import time

PROGRAM = str(pathlib.Path(__file__).resolve().parents[2] / "build" / "diktyo")


def environment(service):
    unit = (pathlib.Path(__file__).resolve().parents[2] / ("etc/systemd/diktyo-%s.service" % service)).read_text()
    words = [word for line in unit.splitlines() if line.startswith("Environment=") for word in line.split("=", 1)[1].split()]
    return {**os.environ, **dict(word.split("=", 1) for word in words)}


def why_not(full):
    return None if os.access(PROGRAM, os.X_OK) else "build/diktyo is not built (make)"


class System:
    name, memory, resident = "diktyo", 0, True

    def __init__(self, folder, build):
        self.folder, self.made, self.services = folder, {}, {}

    def run(self, *words, **how):
        return subprocess.run([PROGRAM, *words, "--config", str(self.site / "diktyo.conf")], check=True, stdout=subprocess.DEVNULL, **how)

    def make(self, members, bulk, port):
        self.site = self.folder / ("made-%d-%s" % (members, bulk))
        self.site.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([PROGRAM, "init", self.site, "--domain", "groups.example.gr"], check=True, stdout=subprocess.DEVNULL)
        text = (self.site / "diktyo.conf").read_text()
        text = re.sub("#port = 25", "port = %d" % port, text)
        (self.site / "diktyo.conf").write_text(text)
        self.run("group", "add", "bench", "--title", "Μέτρηση", "--posting", "anyone", "--copies", "bulk" if bulk else "personal")
        lines = ["name,address,organisation,groups,delivery"] + ["Μέλος %d,melos%d@dimos-%d.example.gr,Δήμος,bench,each" % (i, i, i % 300) for i in range(members)]
        (self.site / "members.csv").write_text("\n".join(lines) + "\n")
        self.run("member", "import", str(self.site / "members.csv"), "--apply")
        if bulk:  # a bulk group's first post goes out in personal copies, as a probe: that one is behind us
            self.run("receive", "maria@dimos.example.gr", "bench@groups.example.gr", input=b"From: maria@dimos.example.gr\nMessage-ID: <first@x>\n\nx\n")
            numbers = subprocess.run([PROGRAM, "archive", "list", "bench", "--json", "--config", str(self.site / "diktyo.conf")], capture_output=True, check=True).stdout
            self.run("outbox", "cancel", "--post", re.search(rb'"post": ?(\d+)', numbers).group(1).decode(), "--yes")
        self.made[members, bulk] = self.site

    def start(self, service):
        self.services[service] = subprocess.Popen([PROGRAM, service, "--config", str(self.site / "diktyo.conf")], env=environment(service))

    def prepare(self, members, bulk, port):
        self.stop()
        if (members, bulk) not in self.made:
            self.make(members, bulk, port)
        self.site = self.folder / "now"
        shutil.rmtree(self.site, ignore_errors=True)
        shutil.copytree(self.made[members, bulk], self.site)
        self.start("deliver")
        for _ in range(500):
            if (self.site / "bell").exists():
                return True
            time.sleep(0.02)
        raise SystemExit("diktyo deliver does not wait for the bell")

    def hand_in(self, mails, at_once):
        waiting, running = list(mails), []
        while waiting or running:
            while waiting and len(running) < at_once:
                one = subprocess.Popen([PROGRAM, "receive", "--config", str(self.site / "diktyo.conf"), "--", "maria@dimos.example.gr", "bench@groups.example.gr"],
                                       stdin=subprocess.PIPE)
                one.stdin.write(waiting.pop())
                one.stdin.close()
                running.append(one)
            if running.pop(0).wait() != 0:
                raise SystemExit("diktyo receive failed")

    def send(self):
        pass

    def stop(self):
        while self.services:
            name, service = self.services.popitem()
            if name == "deliver":
                self.memory = int(re.search(r"VmHWM:\s*(\d+) kB", pathlib.Path("/proc/%d/status" % service.pid).read_text()).group(1))
            service.terminate()
            if service.wait() != 0:
                raise SystemExit("diktyo %s failed" % name)
