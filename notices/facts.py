"""A notice as frozen facts, and its words in one language: one way for e-mail, letter, page, PDF and feed.

`facts_of` turns a notice into plain JSON. Everything that a family or the public reads is made from such
facts by `words_of`, so that the preview, the message and the posting cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, override
from django.utils.translation import get_language_bidi as is_right_to_left

from notices.models import Notice, NoticeKind, NoticeSection, Part
from notices.phrases import KIND_NAMES, element_words, grade_words, not_translated, purpose_words
from roster.grades import grade_rank

SHOWN_IN_TITLE: Final = 3
CONTRACT_PARTS: Final = (Part.DESCRIPTION, Part.PURPOSE)
BREACH_PARTS: Final = (
    Part.WHAT_HAPPENED,
    Part.DATA,
    Part.WHAT_WE_DO,
    Part.WHAT_YOU_CAN_DO,
    Part.CONTACT,
)


@dataclass(frozen=True, slots=True)
class Words:
    """Free text in the language asked for, or in the district's own with a line that says so."""

    body: str
    language: str
    missing: str = ""
    """The line "not translated yet", in the reader's language; empty when the text is theirs."""


@dataclass(frozen=True, slots=True)
class SectionWords:
    """One section as people read it."""

    vendor: str
    product: str
    executed: str
    ends: str
    description: Words | None
    purpose: Words | None
    purposes: list[str]
    elements: list[str]
    schools: list[str]
    all_schools: bool
    grades: list[str]
    parts: list[tuple[str, Words]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """A whole notice in one language."""

    language: str
    direction: str
    kind: str
    kind_name: str
    title: str
    number: str
    district: str
    phone: str
    email: str
    sections: list[SectionWords]


def facts_of(notice: Notice) -> dict[str, Any]:
    """Everything said in a notice as JSON; a later change anywhere else does not reach it."""
    district = notice.district
    sections = list(notice.sections.prefetch_related("schools", "texts"))
    return {
        "kind": notice.kind,
        "number": notice.number,
        "district": district.name,
        "phone": district.contact_phone,
        "email": district.contact_email,
        "languages": list(district.languages or ["en"]),
        "sections": [_section_facts(section, (district.languages or ["en"])[0]) for section in sections],
    }


def _section_facts(section: NoticeSection, first_language: str) -> dict[str, Any]:
    texts: dict[str, dict[str, str]] = {}
    for part, body in ((Part.DESCRIPTION, section.description), (Part.PURPOSE, section.purpose)):
        if body:
            texts.setdefault(part, {})[first_language] = body
    for text in section.texts.all():
        if text.reviewed_at is not None or text.language == first_language:
            texts.setdefault(text.part, {})[text.language] = text.body
    return {
        "case": section.case_id,
        "vendor": section.vendor,
        "product": section.product,
        "executed_on": section.executed_on.isoformat() if section.executed_on else None,
        "ends_on": section.ends_on.isoformat() if section.ends_on else None,
        "purposes": list(section.purposes),
        "elements": list(section.elements),
        "all_schools": section.all_schools,
        "schools": [school.name for school in section.schools.all()],
        "grades": sorted(section.grades, key=lambda grade: grade_rank(grade) or 0),
        "texts": texts,
    }


def words_of(facts: dict[str, Any], language: str) -> NoticeWords:
    """The notice in this language: fixed sentences from the phrase bank, free text where it was reviewed."""
    with override(language):
        sections = [_section_words(section, facts, language) for section in facts["sections"]]
        return NoticeWords(
            language=get_language() or language,
            direction="rtl" if is_right_to_left() else "ltr",
            kind=facts["kind"],
            kind_name=str(KIND_NAMES[facts["kind"]]),
            title=_title(facts, sections),
            number=facts["number"],
            district=facts["district"],
            phone=facts["phone"],
            email=facts["email"],
            sections=sections,
        )


def _section_words(section: dict[str, Any], facts: dict[str, Any], language: str) -> SectionWords:
    def free(part: str) -> Words | None:
        bodies = section["texts"].get(part) or {}
        if body := bodies.get(language):
            return Words(body, language)
        for other in (facts["languages"][0], *sorted(bodies)):
            if other in bodies:
                return Words(bodies[other], other, not_translated(facts["phone"]))
        return None

    parts = BREACH_PARTS if facts["kind"] == NoticeKind.BREACH else ()
    return SectionWords(
        vendor=section["vendor"],
        product=section["product"],
        executed=_day(section["executed_on"]),
        ends=_day(section["ends_on"]),
        description=free(Part.DESCRIPTION),
        purpose=free(Part.PURPOSE),
        purposes=purpose_words(section["purposes"]),
        elements=element_words(section["elements"]),
        schools=section["schools"],
        all_schools=section["all_schools"],
        grades=grade_words(section["grades"]),
        parts=[(str(Part(part).label), words) for part in parts if (words := free(part))],
    )


def _title(facts: dict[str, Any], sections: list[SectionWords]) -> str:
    """The one line of the notice: for one contract, what this product can collect."""
    first = sections[0]
    if facts["kind"] == NoticeKind.BREACH:
        return gettext("Personal data was at risk: %(product)s") % {"product": first.product}
    if len(sections) > 1:
        names = ", ".join(section.product for section in sections)
        return gettext("New contracts that use student data: %(products)s") % {"products": names}
    if not first.elements:
        return gettext("%(product)s: a new contract of your school district") % {"product": first.product}
    kinds = ", ".join(first.elements[:SHOWN_IN_TITLE])
    more = len(first.elements) - SHOWN_IN_TITLE
    if more <= 0:
        return gettext("%(product)s can collect about your child: %(kinds)s") % {
            "product": first.product,
            "kinds": kinds,
        }
    return ngettext(
        "%(product)s can collect about your child: %(kinds)s and %(more)d more kind of data",
        "%(product)s can collect about your child: %(kinds)s and %(more)d more kinds of data",
        more,
    ) % {"product": first.product, "kinds": kinds, "more": more}


def _day(value: str | None) -> str:
    return date_format(date.fromisoformat(value), "DATE_FORMAT") if value else ""
