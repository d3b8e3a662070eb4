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
from django.core.mail.backends.smtp import EmailBackend

Reply = tuple[int, bytes]

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

    @property
    def speaks_smtp(self) -> bool:
        """Whether this is a relay; else a folder of files, or a test's list."""
        return isinstance(self.backend, EmailBackend)

    @property
    def is_open(self) -> bool:
        """Whether the next message can go without connecting first, which may take its time."""
        return self.speaks_smtp and self.backend.connection is not None

    def deliver(
        self, written: bytes | EmailMultiAlternatives, *, sender: str, to: str, begin: Callable[[], bool]
    ) -> Answer | None:
        """Hand one message over. `begin` is called before the relay is asked; None when it said no.

        A relay gets bytes, with lines that end in CR LF; any other way out the e-mail as an object.
        """
        if not isinstance(written, bytes):
            return self._deliver_whole(written, begin)
        reused = self.is_open
        answer = self._attempt(written, sender, to, begin)
        if reused and answer is not None and answer.result is Result.DOWN:
            self.hang_up()  # relays end a line that was idle or carried enough: that is no outage
            answer = self._attempt(written, sender, to, begin)
        return answer

    def _attempt(self, content: bytes, sender: str, to: str, begin: Callable[[], bool]) -> Answer | None:
        try:
            self.backend.open()
            smtp: smtplib.SMTP = self.backend.connection
            smtp.ehlo_or_helo_if_needed()
            began = time.monotonic()  # before it is noted: a process may stand still at any place
            if not begin():
                return None
            mail, rcpt, data = ask(smtp, sender, to)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:  # no text has flowed
            self.hang_up()
            return Answer(Result.DOWN, str(getattr(error, "smtp_code", "")), type(error).__name__)
        if mail[0] != 250:
            self.hang_up()
            return said(Result.DOWN, *mail)
        if rcpt[0] not in (250, 251) or data[0] != 354:
            code, words = data if rcpt[0] in (250, 251) else rcpt
            self._after_refusal(smtp, code)
            return said(refusal(code), code, words)
        return self._send_text(smtp, content, began)

    def _send_text(self, smtp: smtplib.SMTP, content: bytes, began: float) -> Answer:
        if time.monotonic() - began > STOOD_STILL:  # this process stood still: others have gone on
            self.hang_up()
            return Answer(Result.UNKNOWN, "", "stood still")
        try:
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


def ask(smtp: smtplib.SMTP, sender: str, to: str) -> list[Reply]:
    """The relay's words to MAIL, RCPT and DATA: asked at once where it takes that (RFC 2920), else in turn.

    In turn, a refusal ends the asking; the rest counts as refused with it.
    """
    commands = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", "DATA")
    if any(sign in command for command in commands for sign in "\r\n"):
        raise ValueError("an address is one line")
    replies: list[Reply] = []
    if smtp.has_extn("pipelining"):
        smtp.send("".join(f"{command}\r\n" for command in commands))
        replies = [smtp.getreply() for _ in commands]
        if replies[1][0] not in (250, 251) and replies[2][0] == 354:  # it wants a text although for nobody
            smtp.send(b".\r\n")
            smtp.getreply()
        return replies
    for command in commands:
        replies.append(smtp.docmd(command))
        if replies[-1][0] not in (250, 251, 354):
            break
    return replies + replies[-1:] * (len(commands) - len(replies))


def refusal(code: int) -> Result:
    """5xx is for good; 421 says the relay closes, everything else may pass later."""
    if code == 421:
        return Result.DOWN
    return Result.REFUSED if 500 <= code < 600 else Result.LATER


def said(result: Result, code: int, words: bytes | str) -> Answer:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return Answer(result, str(code), " ".join(text.split())[:300])
