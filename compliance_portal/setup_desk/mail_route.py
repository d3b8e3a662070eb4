"""How a district's mail leaves: its route, and a message to oneself that tries it."""

from __future__ import annotations

from django.db import transaction

from compliance_portal.setup_desk.forms import RouteForm
from ledger.clock import engine_now
from ledger.entries import record
from mail import outbox
from mail.models import Route
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
    """Send the person one message over the district's own route, and mark the route as tested.

    Effects: Message with its Delivery, the route. Raises PermissionDenied.
    """
    district = route.district
    require_role(by, district, *DESK)
    with transaction.atomic():
        outbox.send(
            kind="route-test",
            district=district,
            case=None,
            texts=[outbox.Text("en", f"Test from {district.name}", "Mail from the portal reaches you.\n")],
            recipients=[outbox.Recipient(f"user:{by.pk}", by.name, by.email, "en")],
            by=by,
        )
        route.tested_at = engine_now()
        route.save()
    return route
