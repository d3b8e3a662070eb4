"""The From address of a district's mail: used only once a code that was sent to it has been typed in.

Families trust mail by its sender. Whoever sets up a district could name any address; what proves that it
belongs to the district is that somebody there can read what is sent to it.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record
from ledger.models import Entry
from mail import outbox
from mail.models import Route
from parties.access import require_role
from parties.models import Role, User

MAY_SET: Final = (Role.ADMINISTRATOR, Role.SUPERINTENDENT)
VALID: Final = timedelta(days=1)
TRIES: Final = 5
CODES_A_DAY: Final = 5
"""A code goes to an address that nobody has proven yet: few of them, so that it bothers no stranger."""


def ask_for_sender(route: Route, *, address: str, by: User) -> Route:
    """Send a code to the address; until it is typed in, mail leaves from the address before.

    The message leaves by the installation's own route. Effects: the route's wanted address, a message, one
    Entry. Raises ValidationError by field, PermissionDenied.
    """
    require_role(by, route.district, *MAY_SET)
    now = engine_now()
    with transaction.atomic():
        locked = Route.objects.select_for_update(of=("self",)).get(pk=route.pk)
        sent = Entry.objects.filter(district=locked.district, act="sender-code-sent", at__gt=now - VALID)
        if sent.count() >= CODES_A_DAY:
            raise ValidationError({"sender": _("Enough codes were sent today. Try again tomorrow.")})
        code = f"{secrets.randbelow(10**8):08}"
        locked.wanted_sender = address
        locked.code_digest = _digest(locked, code)
        locked.code_until, locked.code_tries = now + VALID, 0
        locked.save()
        words = render_to_string(
            "mail/sender_code.txt", {"code": code, "district": locked.district, "by": by}
        )
        outbox.send(
            kind="sender-code",
            district=None,
            texts=[outbox.Text("en", "Code for the sender of your mail", words)],
            recipients=[outbox.Recipient(f"route:{locked.pk}", "", address)],
            by=None,
        )
        record("sender-code-sent", by=by, district=locked.district, route=locked.pk)
    return locked


def confirm_sender(route: Route, *, code: str, by: User) -> Route:
    """The code came back: from now on mail leaves from the address it was sent to.

    Five wrong codes end it. Effects: the route, one Entry. Raises ValidationError, Conflict,
    PermissionDenied.
    """
    require_role(by, route.district, *MAY_SET)
    with transaction.atomic():
        locked = Route.objects.select_for_update(of=("self",)).get(pk=route.pk)
        if locked.code_until is None or locked.code_until <= engine_now() or locked.code_tries >= TRIES:
            raise Conflict(_("This code is no longer valid. Save the address again to get a new one."))
        is_right = hmac.compare_digest(locked.code_digest, _digest(locked, code.strip()))
        if is_right:
            locked.sender, locked.wanted_sender = locked.wanted_sender, ""
            locked.code_digest, locked.code_until = "", None
            record("sender-confirmed", by=by, district=locked.district, route=locked.pk)
        else:
            locked.code_tries += 1
        locked.save()
    if not is_right:
        raise ValidationError({"code": _("This is not the code that was sent.")})
    return locked


def _digest(route: Route, code: str) -> str:
    return sha256(f"{route.pk}:{route.wanted_sender}:{code}".encode()).hexdigest()
