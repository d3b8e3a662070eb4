"""What a person of the district knows about a family: contact blocks, language, postal address."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record
from parties.access import require_role
from parties.models import Role, User
from policy.two_persons import Asked, ask_or_act_alone
from roster.models import ContactBlock, Guardian, Student

KEEPERS: Final[tuple[str, ...]] = (Role.CUSTODIAN, Role.ADMINISTRATOR, Role.COUNSEL, Role.SUPERINTENDENT)


def block_contact(
    student: Student,
    *,
    guardian: Guardian,
    ground: str,
    first_day: date,
    by: User,
    last_day: date | None = None,
) -> ContactBlock:
    """No notice about this student goes to this guardian from `first_day` to `last_day` (both included).

    Effects: ContactBlock, one Entry with refs, never names. Raises ValidationError beside the field.
    """
    require_role(by, student.district, *KEEPERS)
    wrong: dict[str, str] = {}
    if not student.guardianships.filter(guardian=guardian, district=student.district).exists():
        wrong["guardian"] = _("Choose a guardian of this student.")
    if not ground.strip():
        wrong["ground"] = _("Name the order, with its date.")
    if last_day and last_day < first_day:
        wrong["last_day"] = _("The last day is before the first.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        block = ContactBlock.objects.create(
            district=student.district,
            student=student,
            guardian=guardian,
            ground=ground.strip()[:300],
            first_day=first_day,
            last_day=last_day,
            placed_by=by,
            placed_at=engine_now(),
        )
        record(
            "contact-blocked",
            by=by,
            district=student.district,
            student=student.ref,
            guardian=guardian.ref,
            first_day=first_day.isoformat(),
        )
    return block


def lift_block(block: ContactBlock, *, by: User, reason: str = "") -> ContactBlock:
    """The order no longer holds, because …

    One person asks, with the reason; it is lifted when somebody else does the same, for a guardian whom a
    court keeps away would be told again. Alone only while nobody else is there who may, and the
    superintendent is told (architecture §7). Effects: the row, a message without names, one Entry. Raises
    ValidationError, Conflict, PermissionDenied.
    """
    require_role(by, block.district, *KEEPERS)
    with transaction.atomic():
        locked = ContactBlock.objects.select_for_update(of=("self",)).get(pk=block.pk)
        if locked.lifted_at is not None:
            raise Conflict(_("This block was already lifted."))
        if locked.lift_asked_by is None:
            _ask_lift(locked, by=by, reason=reason)
        elif locked.lift_asked_by == by:
            raise Conflict(_("You asked for this. A second person must confirm it."))
        else:
            _lift(locked, by=by, alone=False)
    return locked


def keep_block(block: ContactBlock, *, by: User) -> ContactBlock:
    """The block stays although somebody asked to lift it. Effects: the row, one Entry. Raises Conflict."""
    require_role(by, block.district, *KEEPERS)
    with transaction.atomic():
        locked = ContactBlock.objects.select_for_update(of=("self",)).get(pk=block.pk)
        if locked.lifted_at is not None or locked.lift_asked_by is None:
            raise Conflict(_("Nobody asks to lift this any more."))
        locked.lift_asked_by, locked.lift_reason = None, ""
        locked.save()
        student, guardian = _refs(locked)
        record("contact-block-kept", by=by, district=locked.district, student=student, guardian=guardian)
    return locked


def _ask_lift(block: ContactBlock, *, by: User, reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    block.lift_asked_by, block.lift_reason = by, reason.strip()[:300]
    block.save()
    student, guardian = _refs(block)
    record(
        "contact-unblock-asked",
        by=by,
        district=block.district,
        reason=block.lift_reason,
        student=student,
        guardian=guardian,
    )
    asked = Asked(
        title="Lift a block on telling a guardian",
        reason="The reason stands on the student's page.",
        url=reverse("roster:student", args=[block.district.slug, block.student_id]),
    )
    if ask_or_act_alone(block.district, by=by, roles=KEEPERS, asked=asked):
        _lift(block, by=by, alone=True)


def _lift(block: ContactBlock, *, by: User, alone: bool) -> None:
    block.lifted_by, block.lifted_at = by, engine_now()
    block.save()
    student, guardian = _refs(block)
    record(
        "contact-unblocked",
        by=by,
        district=block.district,
        reason=block.lift_reason,
        alone=alone,
        student=student,
        guardian=guardian,
    )


def _refs(block: ContactBlock) -> tuple[str, str]:
    return f"student:{block.student_id}", f"guardian:{block.guardian_id}"


def set_contact(guardian: Guardian, *, language: str, postal_address: str, by: User) -> Guardian:
    """Record the language a family reads and where letters go; no import overwrites the language.

    Effects: the row, one Entry with the ref. Raises ValidationError beside the field.
    """
    require_role(by, guardian.district, *KEEPERS)
    if language and language not in dict(settings.LANGUAGES):
        raise ValidationError({"language": _("Choose from the list.")})
    if len(postal_address) > 500:
        raise ValidationError({"postal_address": _("Use at most 500 letters.")})
    with transaction.atomic():
        locked = Guardian.objects.select_for_update().get(pk=guardian.pk)
        locked.language, locked.postal_address = language, postal_address.strip()
        locked.save()
        record("contact-set", by=by, district=locked.district, guardian=locked.ref, language=language)
    return locked
