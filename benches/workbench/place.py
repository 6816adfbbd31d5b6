"""Where a bench happens: two hosts (network namespaces) joined by a cable, a folder both servers can reach, two cores."""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time

SERVER_CORE, LOAD_CORE = 0, 1
SERVER4, LOAD4 = "10.0.0.1", "10.0.0.2"
SERVER6, LOAD6 = "2001:db8::1", "2001:db8::2"


class Failure(Exception):
    """A case could not be measured; the text says why. What was seen all the same may come along."""

    def __init__(self, why, figures=None):
        super().__init__(why)
        self.figures = figures or {}


def die_with_parent():
    """Lets a child end when this program does, however it ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def run(*words, timeout=60, check=True):
    """Runs a command to its end and gives its standard output."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, preexec_fn=die_with_parent)
    if check and done.returncode:
        raise Failure(f"{' '.join(map(str, words))}: exit {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


class Place:
    """Two hosts and a folder, which are gone when the place is left."""

    def __init__(self, reference, built, threads=False):
        self.reference, self.built, self.threads = reference, built, threads
        self.server, self.load = f"bench-server-{os.getpid()}", f"bench-load-{os.getpid()}"

    def __enter__(self):
        if os.geteuid():
            raise Failure("needs root: it makes network namespaces")
        if (os.cpu_count() or 1) < 2:
            raise Failure("needs two cores: one for the server, one for the load")
        for needed in (*(self.ours(name) for name in ("kea-dhcp4", "kea-dhcp6", "kea-lfc", "perfdhcp")),
                       self.theirs("kea-dhcp4")):
            if not os.access(needed, os.X_OK):
                raise Failure(f"no {needed}")
        # Everything but the servers stays off the server's core.
        os.sched_setaffinity(0, {LOAD_CORE})
        self.folder = tempfile.mkdtemp(prefix="bench.", dir=os.path.join(self.reference, "tmp"))
        os.chmod(self.folder, 0o750)  # Kea opens its command socket in no folder that is more open.
        try:
            self.wire()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in (self.server, self.load):
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wire(self):
        for name in (self.server, self.load):
            run("ip", "netns", "add", name)
        run("ip", "-n", self.server, "link", "add", "lan0", "type", "veth", "peer", "name", "lan1", "netns", self.load)
        for name, link, four, six in ((self.server, "lan0", SERVER4, SERVER6), (self.load, "lan1", LOAD4, LOAD6)):
            run("ip", "netns", "exec", name, "sysctl", "-qw", f"net.ipv6.conf.{link}.accept_dad=0")
            run("ip", "-n", name, "addr", "add", f"{four}/8", "dev", link)
            run("ip", "-n", name, "addr", "add", f"{six}/32", "dev", link)
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "link", "set", link, "up")
            run("ip", "-n", name, "route", "add", "default", "dev", link)
        # The relays of benches with many subnets.
        run("ip", "-n", self.load, "addr", "add", "172.16.0.2/12", "dev", "lan1")
        run("ip", "-n", self.server, "addr", "add", "172.16.0.1/32", "dev", "lan0")
        run("ip", "-n", self.server, "route", "add", "172.16.0.0/12", "dev", "lan0")
        deadline = time.monotonic() + 5
        while "tentative" in run("ip", "-n", self.server, "addr") and time.monotonic() < deadline:
            time.sleep(0.05)

    def ours(self, program):
        return os.path.join(self.built, program)

    def theirs(self, program):
        return os.path.join(self.reference, "usr/sbin", program)

    def inside(self, path):
        """The name a path of the folder has for whoever is in Kea's tree."""
        return os.path.join("/", os.path.relpath(path, self.reference))

    def clean(self):
        """Empties the folder between two turns, but for what cases keep in `kept`."""
        for entry in os.scandir(self.folder):
            if entry.name != "kept":
                shutil.rmtree(entry.path) if entry.is_dir() else os.unlink(entry.path)

    def kept(self, name, make):
        """Gives a file that costs much to make; `make(path)` makes it once a run."""
        path = os.path.join(self.folder, "kept", name)
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            make(path + ".new")
            os.rename(path + ".new", path)
        return path
