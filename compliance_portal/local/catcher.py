"""Mail of a portal without a relay: one .eml file a message, which any mail program opens."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class EmailBackend(BaseEmailBackend):
    """Writes each message to EMAIL_FILE_PATH; nothing leaves the machine."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            unfinished = folder / f".{uuid4()}"
            unfinished.write_bytes(message.message().as_bytes())
            os.replace(unfinished, folder / f"{uuid4()}.eml")
        return len(email_messages)
