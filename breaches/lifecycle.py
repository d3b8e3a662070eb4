"""Which status of a breach may follow which; `ledger.transition` applies it."""

from typing import Final

from breaches.models import BreachStatus
from ledger.entries import Graph

BREACH: Final[Graph] = {
    BreachStatus.OPEN: frozenset({BreachStatus.NO_BREACH, BreachStatus.CLOSED, BreachStatus.MERGED}),
    # New facts open a matter again; its clocks then count from the first receipt, as ever.
    BreachStatus.NO_BREACH: frozenset({BreachStatus.OPEN, BreachStatus.CLOSED}),
    BreachStatus.CLOSED: frozenset({BreachStatus.OPEN}),
    BreachStatus.MERGED: frozenset(),
}
