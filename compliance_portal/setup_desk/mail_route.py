"""How a district's mail leaves: its route, and a message to oneself that tries it."""

from __future__ import annotations

from django.db import transaction

from compliance_portal.setup_desk.forms import RouteForm
from ledger.entries import record
from mail import outbox
from mail.models import ROUTE_TEST, Route
from mail.senders import ask_for_sender
from parties.access import DESK, require_role
from parties.models import User


def save_route(form: RouteForm, *, by: User) -> Route:
    """Keep the route of a valid form; a new sender waits for the code that was sent to it (mail/senders.py).

    Effects: the row, a message with a code, Entries. Raises ValidationError, PermissionDenied.
    """
    district = form.instance.district
    require_role(by, district, *DESK)
    with transaction.atomic():
        wanted = form.cleaned_data["sender"]
        route = form.save()
        record("mail-route-changed", by=by, district=district)
        return route if wanted == route.sender else ask_for_sender(route, address=wanted, by=by)


def send_test(route: Route, *, by: User) -> Route:
    """Send the person one message over the district's own route; once the relay took it, that is tested.

    Effects: Message with its Delivery. Raises ValidationError, PermissionDenied.
    """
    district = route.district
    require_role(by, district, *DESK)
    subject = f"Test from {district.name}"[:200]
    outbox.send(
        kind=ROUTE_TEST,
        district=district,
        case=None,
        texts=[outbox.Text("en", subject, "Mail from the portal reaches you.\n")],
        recipients=[outbox.Recipient(f"user:{by.pk}", by.name, by.email, "en")],
        by=by,
    )
    return route
