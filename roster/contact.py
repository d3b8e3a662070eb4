"""What a person of the district knows about a family: contact blocks, language, postal address."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record
from parties.access import require_role
from parties.models import Role, User
from roster.models import ContactBlock, Guardian, Student

KEEPERS: Final = (Role.CUSTODIAN, Role.ADMINISTRATOR, Role.COUNSEL, Role.SUPERINTENDENT)


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


def lift_block(block: ContactBlock, *, reason: str, by: User) -> ContactBlock:
    """The order no longer holds, because … Effects: the block lifted, one Entry. Raises Conflict."""
    require_role(by, block.district, *KEEPERS)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    with transaction.atomic():
        locked = ContactBlock.objects.select_for_update().get(pk=block.pk)
        if locked.lifted_at is not None:
            raise Conflict(_("This block was already lifted."))
        locked.lifted_by, locked.lifted_at = by, engine_now()
        locked.save()
        record(
            "contact-unblocked",
            by=by,
            district=locked.district,
            reason=reason.strip(),
            student=f"student:{locked.student_id}",
            guardian=f"guardian:{locked.guardian_id}",
        )
    return locked


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
