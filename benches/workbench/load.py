"""The load: our `perfdhcp` on the other host and the other core."""

import json
import subprocess

from .place import LOAD4, LOAD_CORE, SERVER4, SERVER6, SERVER_CORE, Failure, die_with_parent

# More clients than any run has exchanges, so that each gets a lease of its own.
MANY = 1_000_000
# Faults that no exchange may show, whatever the load.
FAULTS = ("wrong-type", "wrong-client", "wrong-server", "not-unique", "rejected")


class Report:
    """What perfdhcp told."""

    def __init__(self, told):
        self.told = told
        self.completed, self.seconds, self.rate = told["completed"], told["seconds"], told["rate"]

    def sum(self, what):
        return sum(exchange[what] for exchange in self.told["exchanges"].values())

    def delay(self, which, worst=False):
        """A percentile of the delay of a half exchange, in milliseconds: the mean of both halves, or the worse one."""
        found = [exchange["delay-ms"][which] for exchange in self.told["exchanges"].values() if exchange["received"]]
        return max(found) if worst else sum(found) / len(found)

    def check(self, most_lost=0.001):
        """Raises unless every answer was what it should be and hardly any was lost."""
        if not self.completed:
            raise Failure("no exchange came to its end")
        found = {fault: self.sum(fault) for fault in FAULTS if self.sum(fault)}
        found |= {name: self.told[name] for name in ("malformed",) if self.told[name]}
        if found:
            raise Failure(f"answers were wrong: {found}")
        if self.sum("drops") > most_lost * self.sum("sent"):
            raise Failure(f"{self.sum('drops')} of {self.sum('sent')} queries were not answered")
        return self


def words(place, family, *flags, target=None):
    relayed = ["-A", "1"] if family == 6 else ["-l", LOAD4]
    usual = {4: SERVER4, 6: SERVER6}[family]
    if target is None:
        flags, target = (*relayed, *flags), usual
    return ["ip", "netns", "exec", place.load, "taskset", "-c", str(LOAD_CORE), place.ours("perfdhcp"), f"-{family}",
            "--json", "--no-progress", *map(str, flags), target]


def start(place, family, *flags, target=None):
    """Starts a load; `finish` waits for its end."""
    return subprocess.Popen(words(place, family, *flags, target=target), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, preexec_fn=die_with_parent)


def finish(child, timeout=120):
    try:
        out, told = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise Failure(f"perfdhcp ran for more than {timeout} s") from None
    if child.returncode not in (0, 3):
        raise Failure(f"perfdhcp: exit {child.returncode}: {told.strip()[-300:]}")
    return Report(json.loads(out[out.index("{"):]))


def run(place, family, *flags, target=None, timeout=120):
    return finish(start(place, family, *flags, target=target), timeout)


def closed_loop(place, family, seconds, *flags, in_flight=32, clients=MANY, target=None):
    """As fast as the server answers, with so many exchanges under way."""
    flags = ("--in-flight", in_flight, "-R", clients, "-p", seconds, *flags)
    return run(place, family, *flags, target=target, timeout=seconds + 60)


class Echo:
    """The floor: a server that does nothing but receive and send datagrams of the same size, one a system call."""

    def __init__(self, place):
        self.place = place

    def __enter__(self):
        line = ["ip", "netns", "exec", self.place.server, "taskset", "-c", str(SERVER_CORE), self.place.ours("perfdhcp"),
                "--echo", f"{SERVER4}:67"]
        self.process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        self.pid = self.process.pid
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def cpu(self):
        with open(f"/proc/{self.pid}/schedstat", encoding="ascii") as stat:
            return int(stat.read().split()[0]) / 1e9


