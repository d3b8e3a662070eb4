"""A notice as a message: the very same text in the preview, in the e-mail and in the letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import override

from notices.facts import NoticeWords, words_of
from parties.models import District

SUBJECT_LIMIT = 150


@dataclass(frozen=True, slots=True)
class Rendered:
    language: str
    subject: str
    plain: str
    html: str
    words: NoticeWords


def render_message(
    facts: dict[str, Any], *, district: District, language: str, is_posted: bool = True
) -> Rendered:
    """The message that a family of this language gets. The address in it is the public page's.

    Not `is_posted`: a drill, whose page nobody makes, so that no address may be given.
    """
    words = words_of(facts, language)
    context = {
        "words": words,
        "address": public_address(district, facts["number"], language) if is_posted else "",
        "heading_level": 3 if len(words.sections) > 1 else 2,
    }
    with override(language):
        return Rendered(
            language=language,
            subject=one_line(words.title),
            plain=as_text(render_to_string("notices/mail/family.txt", context)),
            html=render_to_string("notices/mail/family.html", context),
            words=words,
        )


def as_text(rendered: str) -> str:
    """A filled-in text template as an ordinary string.

    Django marks whatever a template made as safe HTML; shown on a page, its words would then be markup (A20).
    """
    return rendered + ""


def one_line(text: str) -> str:
    """A subject: one line without control or direction marks, cut at a bound (A15, A18)."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return str(Truncator(" ".join(printable.split())).chars(SUBJECT_LIMIT))


def public_address(district: District, number: str, language: str) -> str:
    """The permanent address of a notice's public page, always on the portal's own name (A19)."""
    path = reverse(
        "public:notice", kwargs={"district": district.slug, "language": language, "number": number}
    )
    return f"{settings.PORTAL_URL}{path}"
