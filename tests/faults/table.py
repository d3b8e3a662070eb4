"""The one table of `make faults`, what must be true of it, and its place in docs/operations.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FAULTS = tuple(f"F{number:02}" for number in range(1, 38))
FEWEST_KILLS = 1000
BEGIN, END = "<!-- faults:begin -->", "<!-- faults:end -->"
COLUMNS = ("fault", "kill -9", "events", "messages", "lost", "twice, log", "twice, no log", "recovery, ms")


@dataclass(frozen=True)
class Tally:
    """One line. Lost: a message no relay had, or an event that did not happen; twice: beyond the first.

    None stands for what this fault does not touch: a fault of clocks sends nothing.
    """

    fault: str
    kills: int = 0
    events: int | None = None
    messages: int | None = None
    lost: int = 0
    twice_with_log: int | None = None
    twice_without_log: int | None = None
    recovered_ms: int | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        found = (
            self.kills or None, self.events, self.messages, self.lost, self.twice_with_log,
            self.twice_without_log, self.recovered_ms,
        )  # fmt: skip
        return (self.fault, *("" if value is None else f"{value:,}" for value in found))


def kills_of(rows: Sequence[Tally]) -> int:
    return sum(row.kills for row in rows)


def broken_promises(rows: Sequence[Tally]) -> list[str]:
    """What a whole run must show and did not: every fault, enough kills, nothing lost, nothing twice."""
    seen = {name for row in rows for name in re.findall(r"F\d\d", row.fault)}
    found = [f"{name} left no line in the table." for name in FAULTS if name not in seen]
    if (kills := kills_of(rows)) < FEWEST_KILLS:
        found.append(f"{kills} kills are fewer than {FEWEST_KILLS}.")
    found += [f"{row.fault}: {row.lost} lost." for row in rows if row.lost]
    found += [f"{row.fault}: {row.twice_with_log} twice with the log." for row in rows if row.twice_with_log]
    return found


def as_markdown(rows: Sequence[Tally]) -> str:
    """The table, by the faults' numbers, with the sum below."""
    sums = [
        "all",
        f"{kills_of(rows):,}",
        f"{sum(row.events or 0 for row in rows):,}",
        f"{sum(row.messages or 0 for row in rows):,}",
        f"{sum(row.lost for row in rows):,}",
        f"{sum(row.twice_with_log or 0 for row in rows):,}",
        f"{sum(row.twice_without_log or 0 for row in rows):,}",
        "",
    ]
    cells = [COLUMNS, *(row.cells for row in sorted(rows, key=lambda row: row.fault)), tuple(sums)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(COLUMNS))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def write_between_marks(path: Path, table: str) -> None:
    """Replace what stands between the two marks of the file; everything else stays as it is."""
    text = path.read_text()
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{path} lacks the marks {BEGIN} and {END}.")
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
