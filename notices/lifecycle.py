"""Which status of a notice may follow which; `ledger.transition` applies it."""

from typing import Final

from django.utils.translation import gettext as _

from ledger.entries import Conflict, Graph
from notices.models import Notice, NoticeStatus

NOTICE: Final[Graph] = {
    NoticeStatus.DRAFT: frozenset(
        {NoticeStatus.APPROVED, NoticeStatus.ISSUED, NoticeStatus.COMBINED, NoticeStatus.ASIDE}
    ),
    NoticeStatus.APPROVED: frozenset({NoticeStatus.DRAFT, NoticeStatus.ISSUED}),
    NoticeStatus.ISSUED: frozenset(),
    NoticeStatus.COMBINED: frozenset(),
    NoticeStatus.ASIDE: frozenset(),
}


def check_goes_on(notice: Notice) -> None:
    """Raise Conflict for a draft that was put into another notice, or aside: it is never sent or posted."""
    if notice.status == NoticeStatus.COMBINED:
        raise Conflict(_("This notice became part of another one."))
    if notice.status == NoticeStatus.ASIDE:
        raise Conflict(_("This notice was put aside. Nobody was told by it."))
