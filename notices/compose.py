"""Writing a notice: the draft, its free texts and their review, and one draft made of several."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record, transition
from ledger.models import Case
from notices import lifecycle
from notices.elements import SCHEDULE
from notices.models import Notice, NoticeKind, NoticeSection, NoticeStatus, NoticeText, Origin, Part
from notices.phrases import PURPOSES
from notices.plain import unprintable
from parties.access import require_role
from parties.models import District, Role, School, User
from roster.grades import grade_name, grade_rank

WRITERS: Final = (
    Role.CUSTODIAN,
    Role.APPROVER,
    Role.COUNSEL,
    Role.SUPERINTENDENT,
    Role.ADMINISTRATOR,
)
SECTION_FIELDS: Final = (
    "vendor",
    "product",
    "description",
    "purpose",
    "purposes",
    "elements",
    "elements_confirmed",
    "all_schools",
    "grades",
    "ends_on",
)


def draft_contract_notice(
    case: Case,
    *,
    executed_on: date,
    vendor: str,
    product: str,
    description: str,
    purpose: str,
    elements: Collection[str],
    schools: Iterable[School],
    by: User,
    grades: Collection[str] = (),
    ends_on: date | None = None,
) -> Notice:
    """Draft the notice that families get about one executed contract (L-5).

    No schools means all of them. Effects: Notice with its public number, one NoticeSection, one Entry.
    Nothing is refused here: what is still missing is asked for before the notice is issued.
    """
    places = list(schools)
    with transaction.atomic():
        notice = _new_notice(case, NoticeKind.CONTRACT, by=by)
        section = NoticeSection.objects.create(
            district=case.district,
            notice=notice,
            case=case,
            vendor=vendor[:200],
            product=product[:200],
            executed_on=executed_on,
            description=description[:300],
            purpose=purpose[:300],
            elements=[code for code in elements if code in SCHEDULE],
            elements_confirmed=bool(elements),
            all_schools=not places,
            grades=[grade_name(grade) for grade in grades],
            ends_on=ends_on,
        )
        section.schools.set(places)
        record("notice-drafted", by=by, case=case, notice=notice.number)
    return notice


def draft_breach_notice(
    case: Case, *, vendor: str, product: str, texts: dict[str, str], elements: Collection[str], by: User
) -> Notice:
    """Draft the notice about one breach; `texts` by part (what_happened, data, contact …).

    Effects: Notice, one section, its texts in the district's first language, one Entry.
    """
    with transaction.atomic():
        notice = _new_notice(case, NoticeKind.BREACH, by=by)
        section = NoticeSection.objects.create(
            district=case.district,
            notice=notice,
            case=case,
            vendor=vendor[:200],
            product=product[:200],
            elements=[code for code in elements if code in SCHEDULE],
            elements_confirmed=bool(elements),
            all_schools=True,
        )
        for part, body in texts.items():
            write_text(section, part=part, language=first_language(case.district), body=body, by=by)
        record("notice-drafted", by=by, case=case, notice=notice.number)
    return notice


def edit_draft(
    section: NoticeSection, *, by: User, schools: Iterable[School] | None = None, **fields: Any
) -> None:
    """Change what a draft's section says. `fields` are those of SECTION_FIELDS; others are refused.

    An approved notice goes back to draft. Of a contract notice that was sent this corrects the next version
    of its public page; what families were sent stays. Effects: the section, one Entry naming the changed
    fields. Raises ValidationError beside the field, Conflict when a breach notice is already issued.
    """
    require_role(by, section.district, *WRITERS)
    unknown = set(fields) - set(SECTION_FIELDS)
    if unknown:
        raise ValidationError({sorted(unknown)[0]: _("This cannot be changed here.")})
    places = None if schools is None else list(schools)
    _check_fields(section.district, fields, places)
    with transaction.atomic():
        notice = writable(section.notice, by=by)
        locked = NoticeSection.objects.select_for_update().get(pk=section.pk)
        if "grades" in fields:
            fields["grades"] = [grade_name(grade) for grade in fields["grades"]]
        changed = [name for name, value in fields.items() if getattr(locked, name) != value]
        for name, value in fields.items():
            setattr(locked, name, value)
        _forget_reviews(locked, changed)
        locked.save()
        if places is not None:
            locked.schools.set(places)
        record("notice-edited", by=by, case=locked.case, notice=notice.number, fields=sorted(changed))
    section.refresh_from_db()


def _check_fields(district: District, fields: dict[str, Any], schools: list[School] | None) -> None:
    wrong = unprintable(
        {name: fields.get(name, "") for name in ("description", "purpose", "vendor", "product")}
    )
    for name in ("description", "purpose"):
        if len(fields.get(name, "")) > 300:
            wrong[name] = _("Use at most 300 letters.")
    for name in ("vendor", "product"):
        if name in fields and not fields[name].strip():
            wrong[name] = _("Please fill this in.")
    if set(fields.get("purposes", ())) - set(PURPOSES):
        wrong["purposes"] = _("Choose from the list.")
    chosen = set(fields.get("elements", ()))
    if chosen - set(SCHEDULE):
        wrong["elements"] = _("Choose from the list.")
    elif "none" in chosen and len(chosen) > 1:
        wrong["elements"] = _("You ticked “No student data” and also kinds of data.")
    if any(grade_rank(grade) is None for grade in fields.get("grades", ())):
        wrong["grades"] = _("Write grades like PK, KG, 1 or 12.")
    if any(school.district_id != district.pk for school in schools or ()):
        wrong["schools"] = _("Choose schools of this district.")
    if wrong:
        raise ValidationError(wrong)


def _forget_reviews(section: NoticeSection, changed: list[str]) -> None:
    """A translation of words that have changed is no longer reviewed."""
    parts = [part for part in Part.values if part in changed]
    for text in section.texts.filter(part__in=parts).exclude(reviewed_at=None):
        text.reviewed_at, text.reviewed_by = None, None
        text.save()


def write_text(
    section: NoticeSection, *, part: str, language: str, body: str, by: User, origin: str = Origin.PERSON
) -> NoticeText:
    """Write one part in one language; a new wording has to be reviewed again.

    The district's first language needs no review; new words there undo the reviews of their translations.
    Of a contract notice that was sent it is said by the next version of the public page. Effects: NoticeText,
    one Entry. Raises ValidationError, Conflict when a breach notice is already issued.
    """
    require_role(by, section.district, *WRITERS)
    wrong = unprintable({"body": body})
    if part not in Part.values:
        wrong["part"] = _("Choose from the list.")
    if not body.strip():
        wrong["body"] = _("Please fill this in.")
    elif len(body) > 4000:
        wrong["body"] = _("Use at most 4,000 letters.")
    if language not in (section.district.languages or ["en"]):
        wrong["language"] = _("This is not a language of your public pages.")
    if origin not in Origin.values:
        wrong["origin"] = _("Choose one of the answers.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        notice = writable(section.notice, by=by)
        text, _made = NoticeText.objects.update_or_create(
            section=section,
            part=part,
            language=language,
            defaults={
                "district": section.district,
                "case": section.case,
                "body": body.strip(),
                "origin": origin,
                "reviewed_by": None,
                "reviewed_at": None,
            },
        )
        if language == first_language(section.district):
            _forget_reviews(section, [part])
        record(
            "notice-text-written",
            by=by,
            case=section.case,
            notice=notice.number,
            part=part,
            language=language,
        )
    return text


def review_text(text: NoticeText, *, by: User) -> NoticeText:
    """Say that a translation is right: only then do families see it. Effects: the text, one Entry."""
    require_role(by, text.district, *WRITERS)
    with transaction.atomic():
        notice = writable(text.section.notice, by=by)
        locked = NoticeText.objects.select_for_update().get(pk=text.pk)
        locked.reviewed_by, locked.reviewed_at = by, engine_now()
        locked.save()
        record(
            "notice-text-reviewed",
            by=by,
            case=text.case,
            notice=notice.number,
            part=text.part,
            language=text.language,
        )
    return locked


def combine_drafts(notice: Notice, *, others: Collection[Notice], by: User) -> Notice:
    """Put the sections of other contract drafts into this one: one message a family (architecture §6).

    Effects: the sections move, the emptied drafts say so and keep their number, Entries. Raises
    ValidationError for a breach notice, which is always sent alone, Conflict when one is already issued.
    """
    require_role(by, notice.district, *WRITERS)
    with transaction.atomic():
        kept = editable(notice, by=by)
        for other in others:
            moved = editable(other, by=by)
            if moved.pk == kept.pk or moved.district_id != kept.district_id:
                raise ValidationError({"others": _("Choose other drafts of this district.")})
            if NoticeKind.BREACH in (kept.kind, moved.kind):
                raise ValidationError({"others": _("A breach notice is always sent alone.")})
            _move_sections(moved, kept, by=by)
    return kept


def _move_sections(source: Notice, target: Notice, *, by: User) -> None:
    told = set(target.sections.values_list("case_id", flat=True))
    place = target.sections.count()
    for section in source.sections.select_related("case"):
        if section.case_id in told:
            raise ValidationError({"others": _("Two drafts tell about the same contract.")})
        section.notice, section.position = target, place
        section.save()
        place += 1
        record("notice-combined", by=by, case=section.case, notice=target.number, was=source.number)
    transition(
        source,
        to=NoticeStatus.COMBINED,
        graph=lifecycle.NOTICE,
        act="notice-combined-away",
        case=source.case,
        by=by,
        into=target.number,
    )


def writable(notice: Notice, *, by: User) -> Notice:
    """As `editable`; a contract notice that was sent can still be corrected and translated for its page.

    Its message is frozen and stays as it was sent (mail/models.py); nothing is public before a new version is
    posted, which says what changed. A breach has a desk of its own for that (breaches/versions.py).
    """
    locked = Notice.objects.select_for_update().get(pk=notice.pk)
    if can_be_corrected(locked):
        return locked
    return editable(notice, by=by)


def can_be_corrected(notice: Notice) -> bool:
    """Whether its words were sent and may still change on the public page."""
    return notice.kind == NoticeKind.CONTRACT and notice.status == NoticeStatus.ISSUED


def editable(notice: Notice, *, by: User) -> Notice:
    """The notice, locked and a draft again; the caller holds the transaction. Conflict when it is over."""
    locked = Notice.objects.select_for_update().get(pk=notice.pk)
    lifecycle.check_goes_on(locked)
    if locked.status == NoticeStatus.ISSUED:
        raise Conflict(_("This notice was already sent. Post a new version instead."))
    if locked.status == NoticeStatus.APPROVED:
        locked = transition(
            locked,
            to=NoticeStatus.DRAFT,
            graph=lifecycle.NOTICE,
            act="notice-approval-lost",
            case=locked.case,
            by=by,
            changes={"approved_by": None, "approved_at": None, "approved_alone_because": ""},
            notice=locked.number,
        )
    return locked


def first_language(district: District) -> str:
    """The language in which the district itself writes."""
    return (district.languages or ["en"])[0]


def _new_notice(case: Case, kind: str, *, by: User) -> Notice:
    now = engine_now()
    return Notice.objects.create(
        district=case.district,
        case=case,
        kind=kind,
        number=next_number(case.district),
        drafted_by=by,
        drafted_at=now,
    )


def next_number(district: District) -> str:
    """The next public number of the district's year, like 2026-117; the caller holds the transaction."""
    year = engine_now().astimezone(district.tz).year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"notice {district.pk} {year}"])
        cursor.execute(
            "SELECT coalesce(max(split_part(number, '-', 2)::int), 0) FROM notices_notice"
            " WHERE district_id = %s AND number LIKE %s",
            [district.pk, f"{year}-%"],
        )
        (last,) = cursor.fetchone()
    return f"{year}-{last + 1}"
