"""Delivery reports of mail providers, by way of anymail, which checks who calls.

The addresses exist only where a secret is set (PORTAL_WEBHOOK_SECRET); anymail hands what it has verified
over as a signal, the one way it offers.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern

from ledger.clock import engine_now
from mail.events import Event, take_events

PROVIDERS = ("amazon_ses", "brevo", "postmark", "sendgrid", "sparkpost")  # the shared secret is enough
KINDS = {
    "delivered": "delivered",
    "bounced": "bounced",
    "rejected": "bounced",
    "failed": "bounced",
    "complained": "complained",
    "deferred": "deferred",
}


def keep_report(sender: object, *, event: Any, esp_name: str, **more: Any) -> None:
    """Keep one report; a report sent twice, or about somebody else's message, changes nothing."""
    kind = KINDS.get(event.event_type)
    if kind is None:
        return
    names = (event.message_id, (event.metadata or {}).get("message-id"), raw(event).get("smtp-id"))
    for header in {f"<{str(name).strip('<>')}>" for name in names if name}:
        own = str(event.event_id or f"{header}/{kind}/{event.timestamp}")
        take_events([Event(header, kind, event.timestamp or engine_now(), esp_name, own)])


def raw(event: Any) -> dict[str, Any]:
    return event.esp_event if isinstance(event.esp_event, dict) else {}


def urls() -> list[URLPattern]:
    """Anymail's addresses, open to callers without a session; none without a secret."""
    if not getattr(settings, "ANYMAIL", {}).get("WEBHOOK_SECRET"):
        return []
    from anymail import urls as anymail_urls

    names = {f"{provider}_tracking_webhook" for provider in PROVIDERS}
    offered = [pattern for pattern in anymail_urls.urlpatterns if pattern.name in names]
    for pattern in offered:
        pattern.callback = login_not_required(pattern.callback)
    return offered
