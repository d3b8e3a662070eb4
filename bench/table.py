"""The one form in which a bench says what it found: a table that docs/operations.md can hold as it is."""

from __future__ import annotations

from collections.abc import Iterable


def show(title: str, rows: Iterable[tuple[str, str]]) -> None:
    kept = list(rows)
    left, right = (max(len(row[n]) for row in kept) for n in (0, 1))
    print(f"\n| {title.ljust(left)} | {' ' * right} |\n|{'-' * (left + 2)}|{'-' * (right + 1)}:|")
    for name, figure in kept:
        print(f"| {name.ljust(left)} | {figure.rjust(right)} |")
