"""Starting, checking a configuration, reloading, cleaning up."""

import os
import time

from .. import configurations as config
from .. import load
from ..case import Case
from ..figures import Limit, Row
from ..place import Failure
from ..server import Server, once, write

MILLION = 1_000_000
# A reload is watched for so long before and after, in seconds.
MARGIN = 1.0
NO_DROPS = Limit(most=0, of=None, unit="dropped")


def million(bench):
    return bench.place.kept("million.csv", lambda path: config.lease_file(path, MILLION))


def start(bench, who):
    """Starts with a million leases; what an empty server needs is not theirs."""
    with Server(bench.place, who, 4, config.dhcp4()) as server:
        empty = server.memory()
    small = {"hooks-libraries": config.LEASE_HOOKS}
    with Server(bench.place, who, 4, config.dhcp4(**small), leases=million(bench)) as server:
        figures = {"cpu": server.start_cpu, "octets": (server.memory() - empty) / MILLION, "wall": server.start_wall}
        if server.command("lease4-get", {"ip-address": config.address(MILLION - 1)})["result"] != 0:
            raise Failure(f"{who}: the last lease was not loaded")
        return figures


CONFIGURATIONS = {
    "small": lambda: config.dhcp4(),
    "subnets": lambda: config.dhcp4(config.many_subnets(10_000)),
    "hosts": lambda: config.dhcp4(config.reservations(100_000)),
}


def configured(which):
    """Starts with, and checks, a large configuration."""

    def turn(bench, who):
        configuration = CONFIGURATIONS[which]()
        with Server(bench.place, who, 4, configuration) as server:
            figures = {"cpu": server.start_cpu, "memory": server.memory() / 1e6, "peak": server.memory("VmHWM") / 1e6}
        bench.place.clean()
        path = write(bench.place, 4, configuration)
        figures["test"], _ = once(bench.place, who, "kea-dhcp4", "-t", path)
        return figures

    return turn


def reload(which):
    """The longest silence while a reload happens under 1,000 DORA/s, and what was dropped."""

    def turn(bench, who):
        configuration = CONFIGURATIONS.get(which, CONFIGURATIONS["small"])()
        leases = million(bench) if which == "leases" else None
        # Relays of the subnets bench are not needed: the load comes from the first subnet or the only one.
        flags = ("-l", "172.16.0.2") if which == "subnets" else ()
        target = "10.0.0.1" if flags else None
        # Clients beyond those that have the leases of the file, or the reservations.
        fresh = ("-b", "mac=00:0d:01:02:03:04")
        with Server(bench.place, who, 4, configuration, leases=leases) as server:
            flood = load.start(bench.place, 4, "-r", 1000, "-R", MILLION, "-p", 60, *fresh, *flags, target=target)
            try:
                time.sleep(MARGIN)
                began = time.monotonic()
                answer = server.command("config-reload", timeout=60)
                took = time.monotonic() - began
                # A server that was silent catches up.
                time.sleep(MARGIN + min(took, 2.0))
            finally:
                flood.terminate()
            report = load.finish(flood)
            if answer["result"] != 0:
                raise Failure(f"{who}: config-reload: {answer}")
            report.check(most_lost=1.0)
            return {"silence": report.told["longest-silence-ms"], "dropped": report.sum("timed-out"), "took": took}

    return turn


def cleanup(bench, who):
    """kea-lfc makes 1,000,000 leases of 5,000,000 rows."""
    rows = bench.place.kept("five-million.csv", lambda path: config.lease_file(path, MILLION, 5 * MILLION))
    bench.place.clean()
    name = os.path.join(bench.place.folder, "leases.csv")
    os.link(rows, name + ".1")
    flags = {"-x": ".2", "-i": ".1", "-o": ".output", "-f": ".completed", "-p": ".pid"}
    words = [word for flag, ending in flags.items() for word in (flag, name + ending)]
    cpu, memory = once(bench.place, who, "kea-lfc", "-4", "-c", name + ".conf", *words)
    with open(name + ".2", "rb") as file:
        left = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b"")) - 1
    if left != MILLION or os.path.exists(name + ".1"):
        raise Failure(f"{who}: the clean-up left {left} rows")
    return {"cpu": cpu, "memory": memory / 1e6}


TENTH, TWENTIETH, FIFTH = (Limit(most=0.10),), (Limit(most=0.05),), (Limit(most=0.20),)


def config_case(name, title, which):
    rows = (Row("cpu", f"start with {title}, CPU", "s", FIFTH, TENTH),
            Row("test", f"`-t` of {title}, CPU", "s", FIFTH, TENTH),
            Row("memory", f"memory with {title}", "MB", FIFTH, TENTH),
            Row("peak", f"most memory at a start with {title}", "MB"))
    return Case(name, f"start and `-t` with {title}", rows, configured(which))


def reload_case(which, title):
    rows = (Row("silence", f"silence of `config-reload` at 1,000 DORA/s, {title}", "ms",
                (Limit(most=20, of=None, unit="ms"),), (Limit(most=5, of=None, unit="ms"),)),
            Row("dropped", f"dropped by `config-reload`, {title}", "queries", (NO_DROPS,)))
    return Case(f"reload-{which}", f"`config-reload`, {title}", rows, reload(which),
                most_rounds=3 if which == "leases" else None)


CASES = [
    Case("start", "start with 1,000,000 leases",
         (Row("cpu", "start with 1,000,000 leases, CPU", "s", TENTH, TWENTIETH),
          Row("octets", "memory of a lease", "octets", (Limit(most=200, of=None, unit="octets"),),
              (Limit(most=120, of=None, unit="octets"),))), start),
    config_case("config-subnets", "10,000 subnets", "subnets"),
    config_case("config-hosts", "100,000 reservations", "hosts"),
    reload_case("small", "small"),
    reload_case("subnets", "10,000 subnets"),
    reload_case("hosts", "100,000 reservations"),
    reload_case("leases", "1,000,000 leases"),
    Case("cleanup", "clean-up of 5,000,000 rows to 1,000,000 leases",
         (Row("cpu", "clean-up of 5,000,000 rows to 1,000,000 leases, CPU", "s", TENTH, TWENTIETH),
          Row("memory", "clean-up of 5,000,000 rows to 1,000,000 leases, memory", "MB", TENTH, TWENTIETH)), cleanup,
         most_rounds=3),
]
