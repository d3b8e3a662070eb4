"""The district's own system sends: the frozen list and text go out, its delivery report comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.documents import receive_document
from ledger.entries import record
from mail.elsewhere import Outcome, take_outcomes
from mail.models import Delivery
from notices.compose import WRITERS
from notices.feeds import csv_bytes, safe_cell, xlsx_bytes
from notices.models import Notice
from parties.access import require_role
from parties.models import User
from policy.claims import claim_done
from policy.models import Obligation
from roster.tables import Table

REPORT_LIMIT: Final = 20 * 1024 * 1024
ARRIVED: Final = frozenset({"sent", "delivered", "accepted", "ok", "success"})
FAILED: Final = frozenset({"bounced", "failed", "refused", "rejected", "undelivered", "error"})


def export_recipients(notice: Notice, *, extension: str, by: User) -> bytes:
    """The frozen list with each recipient's text, one row each; letters are not in it.

    Effects: one Entry, since it holds families' addresses. Cells are safe for spreadsheets (A24).
    """
    require_role(by, notice.district, *WRITERS)
    record("recipients-exported", by=by, case=notice.case, notice=notice.number, message=notice.message_id)
    rows = _rows(notice)
    return csv_bytes(rows) if extension == "csv" else xlsx_bytes(rows)


def _rows(notice: Notice) -> Iterator[list[str]]:
    yield ["ref", "name", "email", "language", "subject", "text"]
    assert notice.message is not None
    texts = {text.language: text for text in notice.message.texts.all()}
    wanted = Delivery.objects.filter(message=notice.message, district=notice.district, channel="email")
    for delivery in wanted.order_by("pk").iterator():
        text = texts[delivery.language]
        cells = [delivery.recipient_ref, delivery.recipient_name, delivery.address, delivery.language]
        yield [safe_cell(cell) for cell in (*cells, text.subject, text.plain)]


def take_report(notice: Notice, *, upload: File[bytes], by: User) -> int:
    """Match a delivery report to the frozen list: columns ref (or email), status, at (optional).

    All or nothing. Effects: the file kept as a Document with its hash, deliveries sent or refused (a
    refused one becomes a letter), the duty to tell claimed as done until a second person confirms the report
    (architecture §6), Entries. Returns how many lines matched. Raises ValidationError with line numbers.
    """
    require_role(by, notice.district, *WRITERS)
    if notice.message is None:
        raise ValidationError({"report": _("This notice was not sent yet.")})
    if not upload.size or upload.size > REPORT_LIMIT:
        raise ValidationError({"report": _("The file is empty or larger than 20 MB.")})
    content = upload.read()
    upload.seek(0)
    try:
        outcomes = list(_read(content))
    except ValidationError as error:
        raise ValidationError({"report": error.messages}) from error
    with transaction.atomic():
        kept = receive_document(case=notice.case, kind="delivery-report", upload=upload, by=by)
        matched = take_outcomes(notice.message, outcomes, report=kept.pk)
        for duty in told_by(notice) if matched else ():
            words = _("The delivery report says so: %(count)d lines.") % {"count": matched}
            claim_done(duty, at=None, by=by, reason=words, proof=kept, always=True)
        record(
            "delivery-report-read",
            by=by,
            case=notice.case,
            notice=notice.number,
            lines=len(outcomes),
            matched=matched,
            sha256=kept.sha256,
        )
    return matched


def told_by(notice: Notice) -> QuerySet[Obligation]:
    """Open duties that this notice's deliveries settle."""
    told = Obligation.objects.open().filter(message=notice.message, settled_when="delivered")
    return told.select_related("case", "district").order_by("pk")


def _read(content: bytes) -> Iterator[Outcome]:
    table = Table("The report", content, required=("status",))
    key = next((name for name in ("ref", "email") if name in table.header), "")
    if not key:
        raise ValidationError(_("The report, line 1: a column “ref” or “email” is missing."))
    now = engine_now()
    for line, row in table.rows():
        status = row["status"].lower()
        if status not in ARRIVED | FAILED:
            raise ValidationError(
                _("The report, line %(line)s: status “%(status)s” is not known.")
                % {"line": line, "status": row["status"][:30]}
            )
        at = _instant(row.get("at", ""), line) or now
        if at > now:
            raise ValidationError(
                _("The report, line %(line)s: this time is in the future.") % {"line": line}
            )
        ref, email = (row[key], "") if key == "ref" else ("", row[key].lower())
        yield Outcome(
            ref=ref.lstrip("'"), email=email, arrived=status in ARRIVED, at=at, words=row["status"][:100]
        )


def _instant(value: str, line: int) -> datetime | None:
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValidationError(
            _("The report, line %(line)s: write times with their offset, like 2026-11-18T09:30-05:00.")
            % {"line": line}
        )
    return at
