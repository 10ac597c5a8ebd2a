"""The floor of acceptance: a C program that writes, fsyncs and renames, started for each mail as a mail server's pipe starts one."""
import subprocess


def why_not(full):
    return None


class System:
    name, memory = "floor", 0

    def __init__(self, folder, build):
        self.folder, self.program, self.number = folder, build / "floor", 0

    def prepare(self, members, bulk, port):
        self.folder.mkdir(parents=True, exist_ok=True)
        return True

    def hand_in(self, mails, at_once):
        for mail in mails:
            self.number += 1
            subprocess.run([self.program, self.folder, str(self.number)], input=mail, check=True)

    def stop(self):
        pass
