"""The cases, in the order of the table."""

from . import commands, exchanges, lifecycle, load

CASES = {case.name: case for module in (exchanges, load, lifecycle, commands) for case in module.CASES}
