"""Small words for the pages of notices: addresses of postings, days in the district's zone, JSON-LD."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

from notices.models import Posting
from parties.models import District

register = template.Library()

_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag
def posting_url(posting: Posting, language: str, versioned: bool = False) -> str:
    """The public page of a posting in this language; of this very version when asked."""
    where: dict[str, Any] = {
        "district": posting.district.slug,
        "language": language,
        "number": posting.number,
    }
    if versioned:
        return reverse("public:version", kwargs={**where, "version": posting.version})
    return reverse("public:notice", kwargs=where)


@register.simple_tag
def local_day(instant: datetime, district: District) -> str:
    """The day of an instant in the district's zone, written as the page's language writes days."""
    return date_format(instant.astimezone(district.tz), "DATE_FORMAT")


@register.filter
def json_ld(facts: dict[str, Any]) -> SafeString:
    """A block of structured facts; nothing in it can end the block (as Django's json_script escapes)."""
    text = json.dumps(facts, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 (escaped above)


@register.simple_tag
def local_instant(instant: datetime, district: District) -> str:
    """Day and time of an instant in the district's zone."""
    return date_format(instant.astimezone(district.tz), "DATETIME_FORMAT")


@register.simple_tag
def grouped_boxes(field: BoundField) -> list[tuple[str, list[dict[str, Any]], int]]:
    """The checkboxes of a field whose choices come in families, and how many of each are ticked."""
    chosen = {str(value) for value in field.value() or ()}
    groups: list[tuple[str, list[dict[str, Any]], int]] = []
    place = 0
    for family, options in field.field.choices:  # type: ignore[attr-defined]
        boxes = []
        for value, label in options:
            checked = str(value) in chosen
            boxes.append(
                {"value": value, "label": label, "id": f"{field.auto_id}_{place}", "checked": checked}
            )
            place += 1
        groups.append((str(family), boxes, sum(box["checked"] for box in boxes)))
    return groups
