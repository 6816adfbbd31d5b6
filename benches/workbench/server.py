"""A server under test: Nestor's or Kea's program of the same name, with the same configuration."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time

from .place import Failure, SERVER_CORE, die_with_parent

KEA, NESTOR = "kea", "nestor"
TICK = os.sysconf("SC_CLK_TCK")
DURABILITY = {"nestor": {"lease-durability": "write"}}


def command_line(place, who, program, *words):
    """How a program of one of the two is started; paths in `words` that begin with the folder fit the tree it sees."""
    seen = [place.inside(word) if who == KEA and word.startswith(place.folder) else word for word in words]
    if who == KEA:
        return ["chroot", place.reference, os.path.join("/usr/sbin", program), *seen]
    return [place.ours(program), *seen]


def on_the_server(place):
    """What a command begins with that runs on the server's host and core."""
    return ["ip", "netns", "exec", place.server, "taskset", "-c", str(SERVER_CORE)]


def environment(place, who):
    folder = place.inside(place.folder) if who == KEA else place.folder
    names = ("KEA_DHCP_DATA_DIR", "KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR", "KEA_LOG_FILE_DIR")
    return {**os.environ, **dict.fromkeys(names, folder), "KEA_LOCKFILE_DIR": "none"}


def once(place, who, program, *words, timeout=600):
    """Runs a program to its end on the server's core; gives seconds of CPU and the most memory it had, in octets."""
    line = [*on_the_server(place), *command_line(place, who, program, *words)]
    with open(os.path.join(place.folder, "once.log"), "w+", encoding="utf-8") as log:
        child = subprocess.Popen(line, env=environment(place, who), stdout=log, stderr=log, preexec_fn=die_with_parent)
        deadline = time.monotonic() + timeout
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                child.kill()
                child.wait()
                raise Failure(f"{who}: {program} ran for more than {timeout} s")
            time.sleep(0.005)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            log.seek(0)
            raise Failure(f"{who}: {program}: exit {child.returncode}: {log.read()[-500:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


class Server:
    """A running server."""

    def __init__(self, place, who, family, config, leases=None):
        self.place, self.who, self.family = place, who, family
        self.config, self.leases = config, leases
        self.socket = os.path.join(place.folder, "control.sock")
        self.lease_file = os.path.join(place.folder, "leases.csv")
        self.process = None

    def __enter__(self):
        self.place.clean()
        path = write(self.place, self.family, self.config)
        if self.leases:
            shutil.copyfile(self.leases, self.lease_file)
        line = command_line(self.place, self.who, f"kea-dhcp{self.family}", "-c", path)
        self.log = open(os.path.join(self.place.folder, "log"), "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen([*on_the_server(self.place), *line], env=environment(self.place, self.who),
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        preexec_fn=die_with_parent)
        self.pid = self.process.pid
        try:
            self.wait_until_it_serves()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for end in (signal.SIGTERM, signal.SIGKILL):
            self.process.send_signal(end)
            try:
                self.process.wait(30)
                break
            except subprocess.TimeoutExpired:
                pass
        self.log.close()

    def wait_until_it_serves(self, patience=180):
        began = time.monotonic()
        while time.monotonic() < began + patience:
            if self.process.poll() is not None:
                raise Failure(f"{self.who} ended at its start: {self.told()}")
            try:
                # A command is answered by the same loop that serves, once everything is loaded and open.
                if self.listens() and self.command("status-get")["result"] == 0:
                    self.start_cpu, self.start_wall = self.cpu(), time.monotonic() - began
                    return
            except (OSError, ValueError):
                pass
            time.sleep(0.01)
        raise Failure(f"{self.who} did not serve within {patience} s: {self.told()}")

    def listens(self):
        name, port = ("udp", ":0043 ") if self.family == 4 else ("udp6", ":0223 ")
        with open(f"/proc/{self.pid}/net/{name}", encoding="ascii") as table:
            return any(port in line for line in table)

    def told(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            return log.read()[-600:].strip()

    def cpu(self):
        """Seconds of CPU since the start; of all threads, and of those that ended as far as the clock's ticks tell."""
        spent = 0
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            try:
                with open(f"/proc/{self.pid}/task/{thread}/schedstat", encoding="ascii") as stat:
                    spent += int(stat.read().split()[0])
            except FileNotFoundError:
                pass
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return max(spent / 1e9, (int(fields[11]) + int(fields[12])) / TICK)

    def memory(self, field="VmRSS"):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field + ":"))

    def ask(self, command, arguments=None, timeout=30):
        """Sends a command and gives the answer's octets."""
        question = {"command": command} if arguments is None else {"command": command, "arguments": arguments}
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(timeout)
            channel.connect(self.socket)
            channel.sendall(json.dumps(question).encode())
            pieces = []
            while piece := channel.recv(1 << 20):
                pieces.append(piece)
        return b"".join(pieces)

    def command(self, command, arguments=None, timeout=30):
        answer = json.loads(self.ask(command, arguments, timeout))
        return answer[0] if isinstance(answer, list) else answer

    def lease_rows(self):
        """How many rows the lease file has, heading apart; waits until a writer that lags behind has written."""
        count, before = -1, -2
        while count != before:
            before = count
            with open(self.lease_file, "rb") as file:
                count = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b"")) - 1
            time.sleep(0.05)
        return count


def write(place, family, config):
    """Writes a configuration completed by what all benches need; gives its path."""
    whole = {
        "control-socket": {"socket-type": "unix", "socket-name": "control.sock"},
        "lease-database": {"type": "memfile", "name": "leases.csv", "lfc-interval": 0},
        "loggers": [{"name": f"kea-dhcp{family}", "severity": "ERROR", "output-options": [{"output": "stderr"}]}],
        "user-context": DURABILITY,
        # On one core, several threads only cost Kea more: 5 % of CPU a DORA.
        "multi-threading": {"enable-multi-threading": place.threads},
        **config,
    }
    path = os.path.join(place.folder, "server.conf")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({f"Dhcp{family}": whole}, file)
    return path

