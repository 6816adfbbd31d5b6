"""CPU of one exchange, by what is asked for and how."""

import os
import re
import shutil
import subprocess
import time

from .. import configurations as config
from .. import load
from ..case import Case
from ..figures import Limit, Row
from ..place import Failure, die_with_parent
from ..server import KEA, NESTOR, Server

ECHO = "echo"
FOUR = (Limit(most=0.20),), (Limit(most=0.14),)
SIX = (Limit(most=0.24),), (Limit(most=0.17),)


def cost(bench, server, report):
    """What an exchange took, in microseconds of CPU, and how many there were in a second."""
    spent = server.cpu() - bench.cpu_before
    return {"cpu": 1e6 * spent / report.completed, "rate": report.rate}


def loaded(bench, server, family, *flags, check=True, **more):
    """Puts a closed loop on a running server."""
    bench.cpu_before = server.cpu()
    report = load.closed_loop(bench.place, family, bench.seconds, *flags, **more)
    figures = cost(bench, server, report)
    if check:
        report.check()
    return report, figures


def exchange(family, configuration, *flags, writes=1, **more):
    """A turn of a closed loop on a server whose lease file must have so many rows an exchange afterwards."""

    def turn(bench, who):
        with Server(bench.place, who, family, configuration) as server:
            report, figures = loaded(bench, server, family, *flags, **more)
            rows = server.lease_rows()
            if rows < writes * report.completed:
                raise Failure(f"{who}: {report.completed} exchanges left {rows} rows in the lease file")
            return figures

    return turn


def dora(bench, who):
    if who != ECHO:
        return exchange(4, config.dhcp4())(bench, who)
    with load.Echo(bench.place) as server:
        time.sleep(0.2)
        return loaded(bench, server, 4)[1]


def renewals(family, configuration):
    """Few clients bind once and then renew all the time. Every renewal is written, as it is halfway through a lease."""

    def turn(bench, who):
        with Server(bench.place, who, family, {**configuration, "cache-threshold": 0.0}) as server:
            before, bound = server.cpu(), 200
            report = load.closed_loop(bench.place, family, bench.seconds, "--mix", "renew=100", clients=bound).check()
            spent = server.cpu() - before
            kind = next(name for name in report.told["exchanges"] if "RENEW" in name or "renewal" in name)
            renewed = report.told["exchanges"][kind]["received"]
            if server.lease_rows() < renewed:
                raise Failure(f"{who}: {renewed} renewals left {server.lease_rows()} rows in the lease file")
            # A client that binds counts as two renewals; there are hundreds of these for one of them.
            return {"cpu": 1e6 * spent / (renewed + 2 * bound), "rate": renewed / report.seconds}

    return turn


def synced(family, configuration):
    """Nestor syncs with 1,024 exchanges under way; Kea never does, and loses fewest with 32."""
    durable = {**configuration, "user-context": {"nestor": {"lease-durability": "sync"}}}
    at = {KEA: 32, NESTOR: 1024}
    return lambda bench, who: exchange(family, durable, in_flight=at[who])(bench, who)


def system_calls(bench, who):
    """System calls of a DORA, counted by strace while 32 are under way."""
    strace = shutil.which("strace")
    if not strace:
        raise Failure("no strace")
    with Server(bench.place, who, 4, config.dhcp4()) as server:
        # Pools, caches and threads come to rest first.
        load.run(bench.place, 4, "--in-flight", 32, "-R", load.MANY, "-n", 5000)
        counts = os.path.join(bench.place.folder, "strace")
        tracer = subprocess.Popen([strace, "-c", "-f", "-U", "name,calls", "-o", counts, "-p", str(server.pid)],
                                  stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        try:
            tracer.stderr.readline()  # "Process … attached"
            # Clients of the first load keep their leases; these are others.
            report = load.closed_loop(bench.place, 4, bench.seconds, "-b", "mac=00:0d:01:02:03:04").check()
        finally:
            tracer.terminate()
            tracer.communicate(timeout=10)
        with open(counts, encoding="ascii") as table:
            calls = {name: int(count) for name, count in re.findall(r"^(\w+)\s+(\d+)\s*$", table.read(), re.M)}
        calls.pop("total", None)
        figures = {"calls": sum(calls.values()) / report.completed}
        return {**figures, "most": ", ".join(f"{name} {count / report.completed:.2f}" for name, count in
                                             sorted(calls.items(), key=lambda item: -item[1])[:5])}


def case(name, title, turn, limits, figure="cpu", unit="µs", **more):
    return Case(name, title, (Row(figure, title, unit, *limits),), turn, **more)


def sync_case(name, exchanged, turn):
    what = f"{exchanged}, `sync` mode, 1,024 in flight (Kea unsynced, 32)"
    rows = (Row("cpu", f"CPU per {what}", "µs", (Limit(most=0.35),), (Limit(most=0.28),)),
            Row("rate", f"rate of {what}", "/s", (Limit(least=2),), (Limit(least=4),)))
    return Case(name, what, rows, turn)


CASES = [
    case("dora", "CPU per DORA, relayed, lease file on, `write` mode", dora,
         (FOUR[0], (Limit(most=0.14), Limit(most=1.6, of=ECHO))), servers=(NESTOR, KEA, ECHO)),
    case("raw", "CPU per DORA, relayed, raw sockets", exchange(4, config.dhcp4(sockets="raw")), FOUR),
    case("broadcast", "CPU per DORA, clients on the link, broadcast",
         exchange(4, config.dhcp4(sockets="raw"), "-B", "-L", 68, target="all"), FOUR),
    case("renew", "CPU per DHCPv4 renewal", renewals(4, config.dhcp4()), FOUR),
    case("na", "CPU per SARR, address", exchange(6, config.dhcp6("na")), SIX),
    case("pd", "CPU per SARR, prefix", exchange(6, config.dhcp6("pd"), "-e", "prefix-only"), SIX),
    case("napd", "CPU per SARR, address and prefix",
         exchange(6, config.dhcp6("napd"), "-e", "address-and-prefix", writes=2), SIX),
    case("rapid", "CPU per SOLICIT with rapid commit", exchange(6, config.dhcp6("na", **{"rapid-commit": True}), "-i", "-c"),
         SIX),
    case("renew6", "CPU per DHCPv6 renewal", renewals(6, config.dhcp6("na")), SIX),
    sync_case("sync", "DORA", synced(4, config.dhcp4())),
    sync_case("sync6", "SARR", synced(6, config.dhcp6())),
    case("syscalls", "system calls per DORA, 32 in flight", system_calls, ((Limit(most=1.5, of=None),), ()), figure="calls",
         unit="calls", most_rounds=2),
]
