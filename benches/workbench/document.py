"""The page of figures: docs/performance.md, of which the part between two marks is written by a run."""

import os
import platform
import re
import time

from . import figures

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/performance.md")
BEGIN, END = "<!-- figures: written by benches/run -->", "<!-- end of figures -->"


def machine():
    """The machine in terms that tell a reader what to expect and nobody where it stands."""
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) // (1 << 20)
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        virtual = any(line.startswith("flags") and " hypervisor" in line for line in file)
    kind = "virtual " if virtual else ""
    system = platform.release().split("-")[0]
    return f"a {kind}machine of {os.cpu_count()} cores ({platform.machine()}) and {memory} GB, Linux {system}"


def heading(given, before):
    chosen = "--all" if given.all else " ".join(given.cases)
    more = " --multi-threading" if given.multi_threading else ""
    load = " and ".join(f"{load[0]:.1f}" for load in (before, os.getloadavg()))
    command = f"benches/run {chosen} --rounds {given.rounds} --seconds {given.seconds}{more}"
    return (f"Measured on {time.strftime('%Y-%m-%d')} with `{command}`\non {machine()}.\n"
            f"Noise: the load average was {load} before and after, of which the run itself makes about 1;\n"
            "the brackets are the least and the most of all rounds.")


def write(cells, given, before):
    """Replaces what stands between the marks."""
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    told = "\n".join([BEGIN, "", heading(given, before), "", *figures.table(cells), "", END])
    page, count = re.subn(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: told, page, flags=re.S)
    if not count:
        raise ValueError(f"{PAGE} has no line {BEGIN}")
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page)
