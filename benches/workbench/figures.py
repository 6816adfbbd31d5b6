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


# A turn that failed, and one whose figures count although something has to be said of them.
FAULT, NOTE = "fault", "note"


@dataclass
class Series:
    """All figures of one case: by server, a list of what each turn gave, which is a fault if it failed."""

    turns: dict = field(default_factory=dict)

    def add(self, who, figures):
        self.turns.setdefault(who, []).append(figures)

    def values(self, who, figure):
        return [turn[figure] for turn in self.turns.get(who, []) if figure in turn and FAULT not in turn]

    def ratios(self, figure, of):
        """Nestor's figure over what it is compared with, turn by turn."""
        above = self.turns.get(NESTOR, [])
        below, name = (self.turns[of], figure) if of in self.turns else (above, of)
        # What takes long may have been taken fewer times.
        pairs = [(turn, below[min(number, len(below) - 1)]) for number, turn in enumerate(above)]
        good = [(a[figure], b[name]) for a, b in pairs if FAULT not in a and FAULT not in b and figure in a and name in b]
        return [a / b for a, b in good if b]

    def fault(self):
        """Why the figures do not count, and how many turns failed even if they do."""
        failed = [turn[FAULT] for turns in self.turns.values() for turn in turns if FAULT in turn]
        most = any(2 * sum(FAULT in turn for turn in turns) > len(turns) for turns in self.turns.values())
        return (failed[0] if most else None), len(failed)

    def value(self, figure, limit):
        """What a limit is held against: a median of ratios, or of Nestor's figures. None if there is none."""
        found = self.values(NESTOR, figure) if limit.of is None else self.ratios(figure, limit.of)
        return statistics.median(found) if found else None

    def verdict(self, row):
        why, failed = self.fault()
        if why:
            # The end of what a program told says most.
            return "invalid: " + " ".join(why.replace("|", "/").split())[-160:]
        notes = {f"{who} {turn[NOTE]}" for who, turns in self.turns.items() for turn in turns if NOTE in turn}
        beside = sorted(notes) + ([f"{failed} turns failed"] if failed else [])
        return self.judgement(row) + (f" ({'; '.join(beside)})" if beside else "")

    def judgement(self, row):
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
    for who in series.turns:
        if who not in (KEA, NESTOR):
            first = case.rows[0]
            yield f"{first.what}: {who}, {first.unit}", "", spread(series.values(who, first.figure)), "", "", "", ""


def table(cells):
    """A Markdown table."""
    yield "| " + " | ".join(HEADING) + " |"
    yield "|" + "---|" * len(HEADING)
    for row in cells:
        yield "| " + " | ".join(row) + " |"
