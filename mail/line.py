"""One conversation with the relay, told apart before and after the moment the text begins to flow.

Until DATA has begun a failure is harmless: the message did not leave. From then on nobody can know without
an answer (reliability §1.4), which is why that moment is announced before it happens.
"""

from __future__ import annotations

import re
import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

LONGEST_WAIT = 30  # seconds for any one answer of the relay
STOOD_STILL = 30  # seconds between the note and the text, well inside the lease
LINE_OF_DOT = re.compile(rb"(?m)^\.")


class Result(Enum):
    SENT = "sent"
    LATER = "later"  # refused for now: this recipient
    REFUSED = "refused"  # refused for good: this recipient
    UNKNOWN = "unknown"  # the line broke after the text began to flow
    DOWN = "down"  # the relay speaks to nobody, or refuses the sender: no recipient's fault


@dataclass(frozen=True, slots=True)
class Answer:
    result: Result
    code: str = ""
    words: str = ""


class Line:
    """One connection for many messages. Use as a context manager; it connects at the first message."""

    def __init__(self) -> None:
        wait = min(settings.EMAIL_TIMEOUT or LONGEST_WAIT, LONGEST_WAIT)
        self.backend: Any = get_connection(fail_silently=False, timeout=wait)

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *error: object) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        try:
            self.backend.close()
        except (OSError, smtplib.SMTPException):
            self.backend.connection = None

    def deliver(
        self, email: EmailMultiAlternatives, *, sender: str, to: str, begin: Callable[[], bool]
    ) -> Answer | None:
        """Hand one message over. `begin` is called before its text flows; None when it said no."""
        if not hasattr(self.backend, "ssl_context"):  # not SMTP: a folder of files, a test's list
            return self._deliver_whole(email, begin)
        written: Any = email.message()  # Django's own class: takes the end of line
        content: bytes = written.as_bytes(linesep="\r\n")
        reused = self.backend.connection is not None
        answer = self._attempt(content, sender, to, begin)
        if reused and answer is not None and answer.result is Result.DOWN:
            self.hang_up()  # relays end a line that was idle or carried enough: that is no outage
            answer = self._attempt(content, sender, to, begin)
        return answer

    def _attempt(self, content: bytes, sender: str, to: str, begin: Callable[[], bool]) -> Answer | None:
        try:
            self.backend.open()
            smtp: smtplib.SMTP = self.backend.connection
            smtp.ehlo_or_helo_if_needed()
            code, words = smtp.mail(sender)
            if code != 250:
                self.hang_up()
                return said(Result.DOWN, code, words)
            code, words = smtp.rcpt(to)
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            return Answer(Result.DOWN, str(getattr(error, "smtp_code", "")), type(error).__name__)
        if code not in (250, 251):
            self._after_refusal(smtp, code)
            return said(refusal(code), code, words)
        began = time.monotonic()  # before it is noted: a process may stand still at any place
        if not begin():
            self._after_refusal(smtp, 0)
            return None
        return self._send_text(smtp, content, began)

    def _send_text(self, smtp: smtplib.SMTP, content: bytes, began: float) -> Answer:
        try:
            code, words = smtp.docmd("DATA")
            if code != 354:
                self._after_refusal(smtp, code)
                return said(refusal(code), code, words)
            if time.monotonic() - began > STOOD_STILL:  # this process stood still: others have gone on
                self.hang_up()
                return Answer(Result.UNKNOWN, "", "stood still")
            smtp.send(LINE_OF_DOT.sub(b"..", content) + b"\r\n.\r\n")
            code, words = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            return Answer(Result.UNKNOWN, "", type(error).__name__)
        if code == 250:
            return said(Result.SENT, code, words)
        self._after_refusal(smtp, code)
        return said(refusal(code), code, words)

    def _after_refusal(self, smtp: smtplib.SMTP, code: int) -> None:
        if code == 421:
            self.hang_up()
            return
        try:
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.hang_up()

    def _deliver_whole(self, email: EmailMultiAlternatives, begin: Callable[[], bool]) -> Answer | None:
        if not begin():
            return None
        try:
            self.backend.send_messages([email])
        except OSError as error:
            return Answer(Result.DOWN, "", type(error).__name__)
        return Answer(Result.SENT, "250", "written")


def refusal(code: int) -> Result:
    """5xx is for good; 421 says the relay closes, everything else may pass later."""
    if code == 421:
        return Result.DOWN
    return Result.REFUSED if 500 <= code < 600 else Result.LATER


def said(result: Result, code: int, words: bytes | str) -> Answer:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return Answer(result, str(code), " ".join(text.split())[:300])
