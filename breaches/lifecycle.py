"""Which status of a breach may follow which; `ledger.transition` applies it."""

from typing import Final

from breaches.models import BreachStatus
from ledger.entries import Graph

BREACH: Final[Graph] = {
    # New facts can open a matter again; its clocks then start from the first receipt.
    BreachStatus.OPEN: frozenset({BreachStatus.NO_BREACH, BreachStatus.CLOSED}),
    BreachStatus.NO_BREACH: frozenset({BreachStatus.OPEN}),
    BreachStatus.CLOSED: frozenset({BreachStatus.OPEN}),
}
