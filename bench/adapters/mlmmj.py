"""mlmmj: mlmmj-receive for each mail (in the foreground), which sends by itself. Personal: one recipient a mail (maxverprecips 1)."""
import shutil
import subprocess


def why_not(full):
    return None if shutil.which("mlmmj-receive") else "mlmmj is not installed (make bench-deps)"


class System:
    name, memory = "mlmmj", 0

    def __init__(self, folder, build):
        self.folder = folder

    def prepare(self, members, bulk, port):
        if members > 1000:
            return False  # minutes for each round
        self.list = self.folder / "list"
        shutil.rmtree(self.list, ignore_errors=True)
        for name in ("incoming queue queue/discarded archive text subconf unsubconf bounce control moderation subscribers.d digesters.d nomailsubs.d requeue".split()):
            (self.list / name).mkdir(parents=True, exist_ok=True)
        control = {"listaddress": "bench@groups.example.gr", "owner": "owner@groups.example.gr", "relayhost": "127.0.0.1", "smtpport": str(port), "delimiter": "+",
                   "maxverprecips": "100" if bulk else "1"}
        if bulk:
            control["verp"] = ""  # without it each recipient has a mail of his own
        for name, value in control.items():
            (self.list / "control" / name).write_text(value + "\n")
        for name in "subonlypost", "noarchive":
            (self.list / "control" / name).unlink(missing_ok=True)
        (self.list / "subscribers.d" / "m").write_text("".join("melos%d@dimos-%d.example.gr\n" % (i, i % 300) for i in range(members)))
        (self.list / "index").write_text("0")
        return True

    def hand_in(self, mails, at_once):
        waiting, running = list(mails), []
        while waiting or running:
            while waiting and len(running) < at_once:
                one = subprocess.Popen(["/usr/bin/mlmmj-receive", "-L", str(self.list)], stdin=subprocess.PIPE, env={"SENDER": "maria@dimos.example.gr", "PATH": "/usr/bin:/bin"})
                one.stdin.write(waiting.pop())
                one.stdin.close()
                running.append(one)
            running.pop(0).wait()

    def send(self):
        pass

    def stop(self):
        pass
