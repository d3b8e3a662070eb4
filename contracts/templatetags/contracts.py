"""Words for what the reader proposes."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

_FACTS = {
    "vendor": _("Vendor"),
    "starts_on": _("Starts on"),
    "ends_on": _("Ends on"),
    "executed_on": _("Signed on"),
    "renewal": _("Renewal"),
    "breach_hours": _("Hours to report a breach"),
    "governing_law": _("Governing law"),
    "data_elements": _("Kinds of data"),
}


@register.filter
def fact_name(name: str) -> str:
    """ "breach_hours" as "Hours to report a breach"."""
    return str(_FACTS.get(name, name.replace("_", " ").capitalize()))
