"""What visitors of the public site ask, and the person who answered them outside the portal."""

from __future__ import annotations

from django.db import transaction

from ledger.clock import engine_now
from ledger.entries import record
from notices.compose import WRITERS
from notices.models import Question
from parties.access import require_role
from parties.models import User


def mark_answered(question: Question, *, by: User) -> Question:
    """Say that this question was answered; a second time changes nothing.

    Effects: the row, one Entry. Raises PermissionDenied.
    """
    require_role(by, question.district, *WRITERS)
    with transaction.atomic():
        locked = Question.objects.select_for_update().get(pk=question.pk)
        if locked.answered_at is None:
            locked.answered_at, locked.answered_by = engine_now(), by
            locked.save()
            record("question-answered", by=by, district=locked.district, question=locked.pk)
    return locked
