"""Saying that a duty without a page of its own was done, with the proof."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ledger.documents import Upload, receive_document
from ledger.models import Document
from parties.access import require_role
from parties.models import User
from policy.claims import check_after_event, claim_done
from policy.models import Obligation
from policy.two_persons import MAY_AGREE, is_legal_duty

REPORTED: Final = frozenset(
    {"external_report", "internal_report", "train", "drill", "designate", "decide", "confirm", "renew"}
)
"""Kinds of duty that a person reports as done. All others are settled by the room in which they are done."""


ANSWERED_BY_WORD: Final = frozenset({"asked_to_answer"})
"""Where the answer goes by telephone or e-mail, only a person can say that it was given."""


def may_be_reported(obligation: Obligation) -> bool:
    """Whether this sort of duty is settled by a person's word and proof."""
    kinds = obligation.kind in REPORTED or obligation.trigger in ANSWERED_BY_WORD
    return kinds and obligation.rule != "set-parameter"


def report_done(
    obligation: Obligation, *, at: datetime, reason: str, by: User, proof: Upload | None = None
) -> Obligation:
    """A person says when it was done, by whom, and shows it. What the law asks is not done without proof.

    A time that would undo a miss waits for a second person. Effects: Document, the obligation settled or
    claimed, Entries. Raises ValidationError, Conflict, PermissionDenied.
    """
    require_role(by, obligation.district, *MAY_AGREE)
    if not may_be_reported(obligation):
        raise ValidationError(_("This duty is done on its own page, not by saying so."))
    if proof is None and is_legal_duty(obligation):
        raise ValidationError({"proof": _("The law asks for this: add the proof.")})
    check_after_event(obligation, at)
    with transaction.atomic():
        paper = keep_proof(obligation, proof, by=by)
        claim_done(obligation, at=at, by=by, proof=paper, reason=reason.strip())
    obligation.refresh_from_db()
    return obligation


def keep_proof(obligation: Obligation, proof: Upload | None, *, by: User) -> Document | None:
    """The file among the case's papers; None when there is none."""
    if proof is None:
        return None
    return receive_document(case=obligation.case, kind="evidence", upload=proof, by=by)
