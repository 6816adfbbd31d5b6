"""What a case is."""

from dataclasses import dataclass
from typing import Callable

from .server import KEA, NESTOR


@dataclass(frozen=True)
class Case:
    """A bench: `turn(bench, who)` measures one server once and gives figures by name."""

    name: str
    title: str
    rows: tuple
    turn: Callable
    servers: tuple = (NESTOR, KEA)
    # At most so many rounds when every case is run; for what takes long and varies little.
    most_rounds: int | None = None


@dataclass
class Bench:
    """What a turn needs to know."""

    place: object
    # How long a load lasts.
    seconds: int
    # The server's CPU time when the load began.
    cpu_before: float = 0.0
