"""What a large configuration costs an exchange; how long clients wait; what happens when too many come."""

from .. import configurations as config
from .. import load
from ..case import Case
from ..figures import Limit, Row
from ..place import Failure
from ..server import KEA, NESTOR, Server
from .exchanges import FOUR, case, loaded

ONE = "with one subnet"
RELAY = "172.16.0.2"


def subnets(bench, who):
    """The last of 10,000 subnets is used; by another turn of Nestor's, the only one of one."""
    count, program = (1, NESTOR) if who == ONE else (10_000, who)
    with Server(bench.place, program, 4, config.dhcp4(config.many_subnets(count))) as server:
        report, figures = loaded(bench, server, 4, "-l", RELAY, target="10.0.0.1")
        with open(server.lease_file, encoding="ascii") as rows:
            rows.readline()
            row = rows.readline().split(",")
        if not row[0].startswith("172.") or row[5] != str(count):
            raise Failure(f"{who}: the last subnet was not used but {row[5]}")
        return {**figures, "completed": report.completed}


def hosts_and_classes(hosts, classes):
    """Every client has a reservation; it is in half of the classes."""

    def turn(bench, who):
        subnets = config.reservations(hosts) if hosts else None
        more = {"client-classes": config.classes(classes)} if classes else {}
        with Server(bench.place, who, 4, config.dhcp4(subnets, **more)) as server:
            clients = hosts or load.MANY
            _, figures = loaded(bench, server, 4, "-n", clients, clients=clients)
            with open(server.lease_file, encoding="ascii") as rows:
                rows.readline()
                got = [row.split(",")[:2] for row in (rows.readline() for _ in range(100)) if row.count(",")]
            reserved = {config.address(number): config.client(number) for number in range(200)} if hosts else {}
            if hosts and any(reserved.get(address) not in (None, mac) or address.startswith("10.6")
                             for address, mac in got):
                raise Failure(f"{who}: clients did not get what is reserved for them")
            return figures

    return turn


def latency(bench, who):
    """Delays of half an exchange at a rate both servers can keep."""
    with Server(bench.place, who, 4, config.dhcp4()) as server:
        load.run(bench.place, 4, "-r", 500, "-R", 1000, "-n", 250, "-b", "mac=00:0d:01:02:03:04")
        report = load.run(bench.place, 4, "-r", 2000, "-R", load.MANY, "-p", bench.seconds)
        report.check(most_lost=0.01)
        if report.completed < 0.95 * 2000 * bench.seconds:
            raise Failure(f"only {report.completed / bench.seconds:.0f} exchanges a second could be offered")
        return {"p50": 1000 * report.delay("p50"), "p99": report.delay("p99"), "cpu": server.cpu()}


def avalanche(bench, who):
    """20,000 clients begin at once and repeat themselves until they are bound."""
    with Server(bench.place, who, 4, config.dhcp4()) as server:
        report = load.run(bench.place, 4, "-R", 20_000, "--scenario", "avalanche", timeout=180)
        if report.completed < 20_000 or server.lease_rows() < 20_000:
            raise Failure(f"{who}: {report.completed} clients were bound, {server.lease_rows()} leases written")
        return {"seconds": report.seconds, "again": report.sum("resent")}


def overload(bench, who):
    """How much of the capacity is left at three times the capacity.

    The capacity is what a whole core would serve at the cost of an exchange in a closed loop, so that it does not depend on
    whether the loop kept the core busy.
    """
    with Server(bench.place, who, 4, config.dhcp4()) as server:
        report, figures = loaded(bench, server, 4, "-d", 0.25, in_flight=256, check=False)
        report.check(most_lost=0.2)
        capacity = 1e6 / figures["cpu"]
        flood = ("-r", int(3 * capacity), "-R", load.MANY, "-p", bench.seconds, "-b", "mac=00:0d:01:02:03:04")
        report = load.run(bench.place, 4, "--offload", *flood)
        offered = report.told["exchanges"]["DISCOVER-OFFER"]["sent"] / bench.seconds / capacity
        figures = {"kept": report.completed / report.seconds / capacity, "capacity": capacity, "offered": offered}
        if offered < 2.5:
            raise Failure(f"{who}: only {offered:.2f} times the capacity of {capacity:.0f}/s could be offered", figures)
        return figures


CASES = [
    case("subnets", "CPU per DORA, 10,000 subnets, the last one used", subnets,
         ((Limit(most=0.02),), (Limit(most=1.03, of=ONE),)), servers=(NESTOR, KEA, ONE)),
    case("hosts", "CPU per DORA, 100,000 reservations", hosts_and_classes(100_000, 0), FOUR),
    case("classes", "CPU per DORA, 20 class expressions", hosts_and_classes(0, 20), FOUR),
    case("both", "CPU per DORA, 100,000 reservations and 20 class expressions", hosts_and_classes(100_000, 20), FOUR),
    Case("latency", "half an exchange at 2,000 DORA/s",
         (Row("p50", "half an exchange at 2,000 DORA/s, median", "µs", (Limit(most=0.5),), (Limit(most=1 / 3),)),
          Row("p99", "half an exchange at 2,000 DORA/s, 99 of 100", "ms", (Limit(most=0.5),), (Limit(most=1 / 3),))),
         latency),
    Case("avalanche", "20,000 clients at once until all are bound",
         (Row("seconds", "20,000 clients at once until all are bound", "s",
              (Limit(most=0.35), Limit(most=3.5, of=None, unit="s")), (Limit(most=1.2, of=None, unit="s"),)),
          Row("again", "retransmissions of 20,000 clients at once", "messages")), avalanche),
    case("overload", "share of the capacity kept at 3 × the capacity", overload, ((Limit(least=0.9, of=None),), ()),
         figure="kept", unit="of 1"),
]
