"""Which states lead where. `ledger.entries.transition` applies these graphs and nothing else writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.models import Conformity, ContractStatus, CureStatus

Graph = Mapping[str, frozenset[str]]

# Executed is a fact: conformity never stands in its way (architecture §4).
CONTRACT: Final[Graph] = {
    ContractStatus.DRAFT: frozenset({ContractStatus.EXECUTED}),
    ContractStatus.EXECUTED: frozenset({ContractStatus.ENDED, ContractStatus.VOID}),
    ContractStatus.ENDED: frozenset({ContractStatus.VOID}),
    ContractStatus.VOID: frozenset(),
}

# Computed from findings and the open cure, so any state may follow any other.
CONFORMITY: Final[Graph] = {
    before: frozenset(after for after in Conformity.values if after != before) for before in Conformity.values
}

CURE: Final[Graph] = {
    CureStatus.DRAFT: frozenset({CureStatus.SENT, CureStatus.WITHDRAWN}),
    CureStatus.SENT: frozenset({CureStatus.RUNNING, CureStatus.AMENDED, CureStatus.WITHDRAWN}),
    CureStatus.RUNNING: frozenset({CureStatus.AMENDED, CureStatus.VOID, CureStatus.WITHDRAWN}),
    CureStatus.AMENDED: frozenset(),
    CureStatus.VOID: frozenset(),
    CureStatus.WITHDRAWN: frozenset(),
}
