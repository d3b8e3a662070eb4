"""PDFs of the portal's own making: letters, packets, notices to hang up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string

from ledger import limits

TYPESETTER = Path(__file__).with_name("typeset.py")
IN_PROCESS = 150_000  # characters of HTML that a worker sets itself: less than a second's work
LARGEST = 4_000_000
CHILD_MB, CHILD_S = 1500, 120
TOO_LARGE = "This is too long for one PDF. Choose fewer records, or a shorter period."


def render_pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """A PDF (PDF/UA-1, fonts embedded) from a reviewed template, which escapes all that is filled in.

    Short ones are made in this process; longer ones in a child with 1.5 GB and two minutes. Raises
    ValidationError when it is too large for that. Nothing is fetched but our own static files.
    """
    html = render_to_string(template, dict(context))
    folder = Path(settings.BASE_DIR) / "static"
    if len(html) > LARGEST:
        raise ValidationError(TOO_LARGE)
    if len(html) <= IN_PROCESS:
        from ledger.typeset import typeset  # here, since WeasyPrint takes two seconds to import

        return typeset(html, folder)
    try:
        return limits.run_limited(
            TYPESETTER, str(folder), megabytes=CHILD_MB, seconds=CHILD_S, words=html.encode()
        )
    except limits.OverLimit as error:
        raise ValidationError(TOO_LARGE) from error
