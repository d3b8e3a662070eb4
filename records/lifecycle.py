"""Where the records room's acts may go; applied by `ledger.entries.transition` only."""

from __future__ import annotations

from records.models import DispositionStatus, HoldStatus

HOLD = {HoldStatus.ACTIVE.value: frozenset({HoldStatus.RELEASED.value})}

DISPOSITION = {
    DispositionStatus.PROPOSED.value: frozenset(
        {DispositionStatus.AUTHORISED.value, DispositionStatus.REFUSED.value}
    ),
    DispositionStatus.AUTHORISED.value: frozenset(
        {DispositionStatus.DONE.value, DispositionStatus.REFUSED.value}
    ),
}
