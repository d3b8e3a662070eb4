"""`manage.py check --deploy`: what travels unencrypted, or is not looked at, in a real installation.

Student records and addresses pass over all of these. An installation that keeps them on one private network
may accept a warning; it should do so knowingly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from compliance_portal.environment import LOCAL_HOSTS

VERIFIED = {"verify-ca", "verify-full"}


@register(Tags.security, deploy=True)
def check_encryption(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """Each way out of the machine is encrypted, to a party whose certificate is checked."""
    if settings.EMBEDDED:
        return
    database = settings.DATABASES["default"]
    if _is_remote(database["HOST"]) and database["OPTIONS"].get("sslmode") not in VERIFIED:
        yield Warning(
            "The way to the database is not encrypted, or its certificate is not checked.",
            hint="End DATABASE_URL with ?sslmode=verify-full&sslrootcert=/path/of/the/authority.",
            id="portal.W101",
        )
    broker = urlsplit(settings.CELERY_BROKER_URL)
    if _is_remote(broker.hostname) and broker.scheme != "rediss":
        yield Warning(
            "The way to Redis is not encrypted.",
            hint="Begin REDIS_URL with rediss://.",
            id="portal.W102",
        )
    if _is_remote(settings.EMAIL_HOST) and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        yield Warning(
            "Mail goes to the relay unencrypted.",
            hint="Begin EMAIL_URL with smtp+tls:// or smtp+ssl://.",
            id="portal.W103",
        )


@register(Tags.security, deploy=True)
def check_scanner(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """Documents from outside are scanned before a person opens them."""
    if not settings.EMBEDDED and not settings.SCANNER_URL:
        yield Warning(
            'No virus scanner is set: every document is marked "not virus-scanned".',
            hint="Set SCANNER_URL=clamd://host:3310.",
            id="portal.W104",
        )


def _is_remote(host: str | None) -> bool:
    return bool(host) and not str(host).startswith("/") and host not in LOCAL_HOSTS
