"""What a case shows: figures of both servers in turns, their ratio, what was demanded, and whether it is met."""

import statistics
from dataclasses import dataclass, field

from .server import KEA, NESTOR

MET, STRETCH, MISSED = "met", "met, and the stretch", "MISSED"


@dataclass(frozen=True)
class Limit:
    """A demand. `of` names what is compared with: Kea's figure of the same turn, another figure of Nestor's, or nothing."""

    most: float | None = None
    least: float | None = None
    of: str | None = KEA
    unit: str = ""

    def __str__(self):
        sign, number = ("≤", self.most) if self.least is None else ("≥", self.least)
        return f"{sign} {number:.3g}" + {KEA: " ×", None: f" {self.unit}".rstrip()}.get(self.of, f" × {self.of}")

    def holds(self, value):
        return value <= self.most if self.least is None else value >= self.least


@dataclass(frozen=True)
class Row:
    """A line of the table: a figure by the name the case gives it, and what is demanded of it."""

    figure: str
    what: str
    unit: str
    gate: tuple[Limit, ...] = ()
    stretch: tuple[Limit, ...] = ()


@dataclass
class Series:
    """All figures of one case: by server, a list of what each turn gave."""

    turns: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)

    def add(self, who, figures):
        self.turns.setdefault(who, []).append(figures)

    def values(self, who, figure):
        return [turn[figure] for turn in self.turns.get(who, []) if figure in turn]

    def ratios(self, figure, of):
        """Nestor's figure over what it is compared with, turn by turn."""
        above = self.values(NESTOR, figure)
        if of == KEA:
            below = self.values(KEA, figure)
        elif of in self.turns:
            below = self.values(of, figure)
        else:
            below = self.values(NESTOR, of)
        # A costly figure of Kea's may have been taken fewer times.
        below += below[-1:] * (len(above) - len(below))
        return [a / b for a, b in zip(above, below) if b]

    def value(self, figure, limit):
        """What a limit is held against: a median of ratios, or of Nestor's figures. None if there is none."""
        found = self.values(NESTOR, figure) if limit.of is None else self.ratios(figure, limit.of)
        return statistics.median(found) if found else None

    def verdict(self, row):
        if self.faults:
            # The end of what a program told says most.
            return "invalid: " + " ".join(self.faults[0].replace("|", "/").split())[-160:]
        if not row.gate:
            return ""
        held = [(limit, self.value(row.figure, limit)) for limit in row.gate]
        if any(value is None for _, value in held):
            return "invalid: not measured"
        if missed := [f"{limit}: {number(value)}" for limit, value in held if not limit.holds(value)]:
            return f"{MISSED} ({', '.join(missed)})"
        stretch = [(limit, self.value(row.figure, limit)) for limit in row.stretch]
        if stretch and all(value is not None and limit.holds(value) for limit, value in stretch):
            return STRETCH
        return MET


def number(value):
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - len(str(int(abs(value)))) + 1) if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}"


def spread(values):
    """Median and, of several, the least and the most."""
    if not values:
        return "–"
    if len(values) == 1:
        return number(values[0])
    return f"{number(statistics.median(values))} ({number(min(values))}–{number(max(values))})"


HEADING = ("what", "Kea 3.0.4", "Nestor", "ratio", "gate", "stretch", "verdict")


def lines(case, series):
    """The cells of a case's rows."""
    for row in case.rows:
        against = next((limit.of for limit in (*row.gate, *row.stretch) if limit.of), None)
        ratios = series.ratios(row.figure, against or KEA)
        yield (f"{row.what}, {row.unit}", spread(series.values(KEA, row.figure)), spread(series.values(NESTOR, row.figure)),
               spread(ratios), ", ".join(map(str, row.gate)), ", ".join(map(str, row.stretch)), series.verdict(row))
    for who, turns in series.turns.items():
        if who not in (KEA, NESTOR):
            yield (f"{case.title}: {who}", "", *(spread([turn[name] for turn in turns]) for name in list(turns[0])[:1]),
                   "", "", "", "")


def table(cells):
    """A Markdown table."""
    yield "| " + " | ".join(HEADING) + " |"
    yield "|" + "---|" * len(HEADING)
    for row in cells:
        yield "| " + " | ".join(row) + " |"
