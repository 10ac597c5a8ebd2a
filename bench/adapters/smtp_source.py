"""The limit: Postfix's own load generator, which keeps no books. Personal: a message for each; bulk: 100 recipients a message. With -d it keeps its
connections, as diktyo does; without, it makes one for each message."""
import shutil
import subprocess


def why_not(full):
    return None if shutil.which("smtp-source", path="/usr/sbin:/usr/bin") else "smtp-source is not there (Debian's postfix)"


class System:
    name, memory = "smtp-source", 0

    def __init__(self, folder, build):
        self.command = []

    def prepare(self, members, bulk, port):
        self.members, self.bulk, self.port = members, bulk, port
        return True

    def hand_in(self, mails, at_once):
        self.length = len(mails[0])

    def send(self):
        messages, each = (-(-self.members // 100), min(100, self.members)) if self.bulk else (self.members, 1)
        subprocess.run(["/usr/sbin/smtp-source", "-d", "-s", "8", "-m", str(messages), "-r", str(each), "-l", str(self.length), "-f", "bench@groups.example.gr",
                        "-t", "person@dimos.example.gr", "127.0.0.1:%d" % self.port], check=True)

    def stop(self):
        pass
