"""History on a page: each Entry as a sentence."""

from __future__ import annotations

from django import template

from ledger.history import tell
from ledger.models import Entry

register = template.Library()


@register.filter
def told(entry: Entry) -> str:
    """ "J. Rivera received a file …": the entry in plain words."""
    return tell(entry)
