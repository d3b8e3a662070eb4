"""Letters: printed as one PDF in each reader's language, then put in the post by a person."""

from __future__ import annotations

import hashlib
from typing import Any

import segno
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.safestring import mark_safe
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.documents import keep_made
from ledger.entries import Conflict, record
from ledger.pdf import render_pdf
from mail.letters import give_up_waiting, letters_of, mark_printed, post_printed
from mail.models import Delivery, DeliveryStatus
from notices.compose import WRITERS
from notices.models import Notice
from notices.rendering import public_address
from parties.access import require_role
from parties.models import User
from policy.obligations import settle_where

AT_ONCE = 500
"""Letters in one PDF; more are printed in turns."""


def print_letters(notice: Notice, *, by: User) -> bytes:
    """The next letters of the notice as one accessible PDF, each in its reader's language.

    Effects: the PDF kept as a Document with its hash, those deliveries `printed`, one Entry. Raises Conflict
    when no letter waits.
    """
    require_role(by, notice.district, *WRITERS)
    if notice.message is None:
        raise Conflict(_("This notice was not sent yet."))
    with transaction.atomic():
        waiting = letters_of(notice.message, status=DeliveryStatus.TO_PRINT, limit=AT_ONCE)
        if not waiting:
            raise Conflict(_("No letter waits to be printed."))
        made = letters_pdf(notice, waiting)
        mark_printed(waiting)
        keep_made(case=notice.case, kind="letters", name=f"letters-{notice.number}.pdf", content=made, by=by)
        record(
            "letters-printed",
            by=by,
            case=notice.case,
            notice=notice.number,
            count=len(waiting),
            sha256=hashlib.sha256(made).hexdigest(),
        )
    return made


def mark_posted(notice: Notice, *, by: User) -> int:
    """The printed letters were put in the post today.

    Effects: those deliveries `posted`; when none is left to print, the duty to print settled; one Entry.
    Returns how many. Raises Conflict when none was printed.
    """
    require_role(by, notice.district, *WRITERS)
    if notice.message is None:
        raise Conflict(_("This notice was not sent yet."))
    now = engine_now()
    with transaction.atomic():
        posted = post_printed(notice.message, at=now)
        if not posted:
            raise Conflict(_("No printed letter waits to be posted."))
        record("letters-posted", by=by, case=notice.case, notice=notice.number, count=posted)
        if not letters_of(notice.message, status=DeliveryStatus.TO_PRINT, limit=1):
            settle_where(case=notice.case, ref=f"message:{notice.message_id}", kind="print", at=now, by=by)
    return posted


def letters_instead(notice: Notice, *, reason: str, by: User) -> int:
    """The e-mail does not leave, and the time is short: everybody who still waits for theirs gets a letter.

    Effects: those deliveries refused with the reason, a letter to print for each (the sweep owes the
    printing), one Entry. Returns how many. Raises ValidationError without a reason, Conflict when no e-mail
    waits.
    """
    require_role(by, notice.district, *WRITERS)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    if notice.message is None:
        raise Conflict(_("This notice was not sent yet."))
    with transaction.atomic():
        made = give_up_waiting(notice.message, why=_("Given up: a letter instead."))
        if not made:
            raise Conflict(_("No e-mail waits: all have left or failed."))
        record(
            "letters-instead",
            by=by,
            case=notice.case,
            reason=reason.strip(),
            notice=notice.number,
            count=made,
        )
    return made


def letters_pdf(notice: Notice, waiting: list[Delivery]) -> bytes:
    """One PDF, a letter a page or more, with a code that leads to the notice in every language."""
    return render_pdf(
        "notices/letters.html",
        {
            "letters": [letter_of(notice, delivery) for delivery in waiting],
            "notice": notice,
            "district": notice.district,
            "day": engine_now(),
        },
    )


def letter_of(notice: Notice, delivery: Delivery) -> dict[str, Any]:
    """One letter: the frozen text of the message in the reader's language, as it went out by e-mail."""
    assert notice.message is not None
    texts = {text.language: text for text in notice.message.texts.all()}
    language = delivery.language if delivery.language in texts else min(texts)
    text = texts[language]
    address = public_address(notice.district, notice.number, language)
    code = segno.make(address, error="m").svg_inline(scale=3, border=2, svgclass=None, title=address)
    return {
        "delivery": delivery,
        "language": language,
        "direction": "rtl" if get_language_info(language)["bidi"] else "ltr",
        "title": text.subject,
        "body": text.plain.partition("\n\n")[2] or text.plain,
        "code": mark_safe(code),  # noqa: S308 (drawn by segno from our own address)
    }
