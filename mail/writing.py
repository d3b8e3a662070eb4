"""A delivery becomes an e-mail. Built once a text by Django, then filled in for each recipient.

All recipients of a text get the same words, so only two headers differ: To and Message-ID. Building the whole
anew for each of them would be most of the work of sending.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from email.utils import format_datetime
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from mail.addresses import parse_address
from mail.claiming import Claimed
from mail.models import MessageText, Route
from parties.models import is_one_line

HEADER_ID: Final = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")


class Writer:
    """Makes the e-mails of one worker's turn; reads each message's texts and each district's sender once."""

    def __init__(self, batch: Collection[Claimed] = ()) -> None:
        self.texts: dict[tuple[int, str], MessageText] = {}
        self.routes: dict[int | None, Route | None] = {None: None}
        self.forms: dict[int, bytes] = {}  # by text: the e-mail with two blanks
        blank = uuid.uuid4().hex  # random, so that no text can hold it
        self.blank_to, self.blank_id = f"to-{blank}@blank.invalid", f"<id-{blank}@blank.invalid>"
        self.read(batch)

    def read(self, batch: Collection[Claimed]) -> None:
        """Read what these messages need and was not read before. The only part that asks the database."""
        unread = {delivery.message_id for delivery in batch if (delivery.message_id, "") not in self.texts}
        if unread:
            texts = MessageText.objects.filter(message__in=unread).select_related("message")
            for text in texts.order_by("-pk"):
                self.texts[text.message_id, text.language] = text
                self.texts[text.message_id, ""] = text
                if text.language == "en":
                    self.texts[text.message_id, "default"] = text
        for district in {delivery.district_id for delivery in batch} - self.routes.keys():
            self.routes[district] = Route.objects.filter(district=district).first()

    def sender_of(self, delivery: Claimed) -> str:
        route = self.routes[delivery.district_id]
        return route.sender if route else settings.DEFAULT_FROM_EMAIL

    def text_of(self, delivery: Claimed) -> MessageText:
        """The text in the recipient's language, else in English, else the first."""
        for language in (delivery.language, delivery.language.partition("-")[0], "default", ""):
            if found := self.texts.get((delivery.message_id, language)):
                return found
        raise ValueError(f"message {delivery.message_id} has no text")

    def content(self, delivery: Claimed) -> bytes:
        """The e-mail as the relay gets it, the same at each try. Raises when the row itself is not sound."""
        text = self.text_of(delivery)
        if text.pk not in self.forms:
            written: Any = self._email(delivery, text, to=self.blank_to, header_id=self.blank_id).message()
            self.forms[text.pk] = written.as_bytes(linesep="\r\n")  # Django's own class takes the end of line
        if not HEADER_ID.fullmatch(delivery.header_id):
            raise ValueError("not a Message-ID")
        filled = self.forms[text.pk].replace(self.blank_to.encode(), parse_address(delivery.address).encode())
        return filled.replace(self.blank_id.encode(), delivery.header_id.encode())

    def email(self, delivery: Claimed) -> EmailMultiAlternatives:
        """The same as an object, for ways out that are not SMTP: a folder of files, a test's list."""
        return self._email(
            delivery, self.text_of(delivery), to=parse_address(delivery.address), header_id=delivery.header_id
        )

    def _email(
        self, delivery: Claimed, text: MessageText, *, to: str, header_id: str
    ) -> EmailMultiAlternatives:
        route, sender = self.routes[delivery.district_id], self.sender_of(delivery)
        name = route.sender_name if route else ""
        email = EmailMultiAlternatives(
            text.subject, text.plain, f'"{quoted(name)}" <{sender}>' if name else sender, [to],
            reply_to=[route.reply_to] if route and route.reply_to else None,
            headers={
                "Message-ID": header_id,
                **stopping(text.message.stop_address),
                "Date": format_datetime(text.message.made_at),
                "Auto-Submitted": "auto-generated",
                "List-Id": f"<{text.message.kind}.d{delivery.district_id or 0}.{settings.PORTAL_HOST}>",
                "Content-Language": text.language,
            },
        )  # fmt: skip
        if text.html:
            email.attach_alternative(text.html, "text/html")
        return email


def stopping(address: str) -> dict[str, str]:
    """What lets a mail program offer "unsubscribe" by one click (RFC 8058). Notices that the law asks for
    have no such address.
    """
    if not address:
        return {}
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def quoted(name: str) -> str:
    """The name as it can stand in a head, whatever was kept before names were checked."""
    plain = "".join(c if is_one_line(c) else " " for c in name)
    return plain.replace("\\", " ").replace('"', "'")
