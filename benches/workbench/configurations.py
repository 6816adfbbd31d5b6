"""The configurations and lease files that benches run on. Both servers read the very same ones."""

import time

from .place import SERVER4, SERVER6

POOL4 = "10.16.0.0-10.31.255.255"  # 2^20 addresses: each exchange of a run gets one of its own.
LEASE_HOOKS = [{"library": "libdhcp_lease_cmds.so"}, {"library": "libdhcp_stat_cmds.so"}]
HEADER4 = ("address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,"
           "pool_id\n")


def dhcp4(subnets=None, sockets="udp", **more):
    """DHCPv4 by UDP sockets (or "raw"); one subnet unless others are given."""
    subnets = subnets or [{"id": 1, "subnet": "10.0.0.0/8", "pools": [{"pool": POOL4}]}]
    return {"interfaces-config": {"interfaces": ["lan0/" + SERVER4] if sockets == "udp" else ["lan0"],
                                  "dhcp-socket-type": sockets}, "subnet4": subnets, **more}


def dhcp6(kind="na", **more):
    """DHCPv6 with addresses ("na"), prefixes ("pd") or both ("napd")."""
    subnet = {"id": 1, "subnet": "2001:db8::/32"}
    if "na" in kind:
        subnet["pools"] = [{"pool": "2001:db8:1::/64"}]
    if "pd" in kind:
        subnet["pd-pools"] = [{"prefix": "2001:db8:8000::", "prefix-len": 33, "delegated-len": 64}]
    return {"interfaces-config": {"interfaces": ["lan0", "lan0/" + SERVER6]}, "subnet6": [{**subnet, **more}]}


def many_subnets(count):
    """So many subnets, of which the last one, 172.16.0.0/12, is the one the load is in."""
    subnets = [{"id": number, "subnet": f"10.{number >> 8}.{number & 255}.0/24",
                "pools": [{"pool": f"10.{number >> 8}.{number & 255}.10-10.{number >> 8}.{number & 255}.250"}]}
               for number in range(1, count)]
    return subnets + [{"id": count, "subnet": "172.16.0.0/12", "pools": [{"pool": "172.16.1.0-172.31.255.255"}]}]


def client(number):
    """The hardware address perfdhcp's client of this number has."""
    value = 0x000C01020304 + number
    return ":".join(f"{value >> shift & 255:02x}" for shift in range(40, -8, -8))


def address(number):
    return f"10.{16 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def reservations(count):
    """One subnet where so many of perfdhcp's clients have an address reserved, outside of the pool."""
    hosts = [{"hw-address": client(number), "ip-address": address(number)} for number in range(count)]
    return [{"id": 1, "subnet": "10.0.0.0/8", "pools": [{"pool": "10.64.0.0-10.79.255.255"}], "reservations": hosts}]


def classes(count):
    """So many classes whose tests look at what clients send; half of them fit perfdhcp's clients."""
    tests = ("substring(option[61].hex, 1, 3) == 0x000c01", "pkt4.mac == 0x{number:012x}",
             "option[55].exists and not option[60].exists", "substring(option[60].hex, 0, 9) == 'vendor-{number:02d}'")
    return [{"name": f"class-{number}", "test": tests[number % 4].format(number=number)} for number in range(count)]


def lease_file(path, leases, rows=None):
    """Writes a lease file of so many leases, each in as many rows as make up `rows`; the last one counts."""
    now = int(time.time())
    begun = [f"{address(number)},{client(number)},01:{client(number)},86400," for number in range(leases)]
    with open(path, "w", encoding="ascii") as file:
        file.write(HEADER4)
        for again in range((rows or leases) // leases):
            rest = f"{now + 80000 + again},1,0,0,,0,,0\n"
            file.write(rest.join(begun) + rest)
