"""Text or voice for alarms by an HTTP gateway (PORTAL_TEXT_URL); e-mail always goes beside it."""

from __future__ import annotations

import json
import logging
from http.client import HTTPException
from typing import Final
from urllib.request import Request, urlopen

from django.conf import settings

log = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 10


def send_text(to: str, words: str) -> bool:
    """Hand one short text to the gateway: POST {"to", "text"} with its bearer token; whether it took it.

    A gateway that is away or says no is logged, without the number, and fails nothing.
    """
    request = Request(  # noqa: S310 (http or https: the settings refuse anything else)
        settings.TEXT_URL,
        data=json.dumps({"to": to, "text": words}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {settings.TEXT_TOKEN}"},
    )
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS):  # noqa: S310
            return True
    except (OSError, HTTPException) as error:
        log.warning("The text gateway did not take a message: %s", type(error).__name__)
        return False
