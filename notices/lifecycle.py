"""Which status of a notice may follow which; `ledger.transition` applies it."""

from typing import Final

from ledger.entries import Graph
from notices.models import NoticeStatus

NOTICE: Final[Graph] = {
    NoticeStatus.DRAFT: frozenset({NoticeStatus.APPROVED, NoticeStatus.ISSUED, NoticeStatus.COMBINED}),
    NoticeStatus.APPROVED: frozenset({NoticeStatus.DRAFT, NoticeStatus.ISSUED}),
    NoticeStatus.ISSUED: frozenset(),
    NoticeStatus.COMBINED: frozenset(),
}
