"""One address is one address: strict where mail programs are lenient, so that one row is one recipient."""

from __future__ import annotations

import re
from functools import lru_cache

from django.core.exceptions import ValidationError

LOCAL = re.compile(r"[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+)*")
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
NOT_ONE = "This is not one plain e-mail address, like name@example.org."


def parse_address(text: str) -> str:
    """The address in the form in which it is sent, or a ValidationError.

    Taken: one plain address, blanks around it removed, a domain in other letters written in the form the
    network uses (xn--…). Refused: lists, names with angle brackets, quoted or source-routed local parts
    (`%`, quotes), control characters, more than 64 + 255 characters.
    """
    local, at, domain = text.strip(" ").rpartition("@")
    sent_as = network_form(domain)
    if not (at and sent_as and len(local) <= 64 and LOCAL.fullmatch(local)):
        raise ValidationError(NOT_ONE)
    return f"{local}@{sent_as}"


@lru_cache(maxsize=10_000)
def network_form(domain: str) -> str:
    """The domain in the letters that the network uses, or nothing when it cannot be one."""
    try:
        name = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    labels = name.split(".")
    sound = len(labels) > 1 and not labels[-1].isdigit() and all(LABEL.fullmatch(label) for label in labels)
    return name if sound and len(name) <= 253 else ""
