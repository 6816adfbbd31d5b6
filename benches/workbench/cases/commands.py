"""Commands that tell much."""

import time

from .. import configurations as config
from ..case import Case
from ..figures import NOTE, Limit, Row
from ..place import Failure
from ..server import KEA, Server
from .lifecycle import MILLION, million

HOOKS = {"hooks-libraries": config.LEASE_HOOKS}
# Pages asked for, and leases on a page.
PAGES, PAGE = 100, 1000


def pages(bench, who):
    """`lease4-get-page` through a tenth of a million leases."""
    with Server(bench.place, who, 4, config.dhcp4(**HOOKS), leases=million(bench)) as server:
        before, last, got = server.cpu(), "start", 0
        for _ in range(PAGES):
            found = server.command("lease4-get-page", {"from": last, "limit": PAGE})["arguments"]["leases"]
            got, last = got + len(found), found[-1]["ip-address"]
        spent = server.cpu() - before
        if got != PAGES * PAGE:
            raise Failure(f"{who}: {PAGES} pages had {got} leases")
        return {"cpu": 1e6 * spent / got}


def all_leases(bench, who):
    """`lease4-get-all` of a million leases, whole."""
    with Server(bench.place, who, 4, config.dhcp4(**HOOKS), leases=million(bench)) as server:
        before, began = server.cpu(), time.monotonic()
        answer = server.ask("lease4-get-all", timeout=900)
        wall, spent, peak = time.monotonic() - began, server.cpu() - before, server.memory("VmHWM")
        got = answer.count(b'"ip-address"')
        if got != MILLION or not answer.rstrip().endswith((b"}", b"]")):
            message = f"was cut off at {got} leases after {wall:.0f} s"
            if who != KEA:
                raise Failure(f"{who}: {message}")
            # Kea's figure counts as far as it came.
            return {"cpu": spent, "wall": wall, "memory": peak / 1e6, NOTE: message}
        return {"cpu": spent, "wall": wall, "memory": peak / 1e6}


def statistics(bench, who):
    """Statistics of 10,000 subnets, by each of the two commands."""
    with Server(bench.place, who, 4, config.dhcp4(config.many_subnets(10_000), **HOOKS)) as server:
        figures = {}
        for command in ("stat-lease4-get", "statistic-get-all"):
            server.command(command)
            before, began = server.cpu(), time.monotonic()
            for _ in range(3):
                answer = server.ask(command)
            figures[command] = 1e3 * (server.cpu() - before) / 3
            figures[command + " wall"] = 1e3 * (time.monotonic() - began) / 3
            if answer.count(b"10000") == 0:
                raise Failure(f"{who}: {command} does not tell of the last subnet: {answer[:200]}")
        return figures


FIFTEEN = (Limit(most=0.15),)
CASES = [
    Case("pages", "`lease4-get-page`",
         (Row("cpu", "`lease4-get-page`, CPU per lease", "µs", (Limit(most=0.10),), (Limit(most=0.05),)),), pages,
         most_rounds=3),
    Case("all", "`lease4-get-all` of 1,000,000 leases",
         (Row("wall", "`lease4-get-all` of 1,000,000 leases", "s", (Limit(most=0.03),), (Limit(most=0.015),)),
          Row("memory", "most memory with `lease4-get-all` of 1,000,000 leases", "MB")), all_leases, most_rounds=1),
    Case("stats", "statistics of 10,000 subnets",
         (Row("stat-lease4-get", "`stat-lease4-get` with 10,000 subnets, CPU", "ms", FIFTEEN),
          Row("statistic-get-all", "`statistic-get-all` with 10,000 subnets, CPU", "ms", FIFTEEN)), statistics),
]
