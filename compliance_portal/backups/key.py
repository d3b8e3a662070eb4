"""The installation's key for its backups. There is no default: a backup that anybody can open is a leak."""

from __future__ import annotations

from django.conf import settings

from compliance_portal.environment import decode_key


class KeyMissing(Exception):
    """No usable key was given; says how to make one."""


def backup_key() -> bytes:
    """The key of PORTAL_BACKUP_KEY. Raises KeyMissing."""
    key = decode_key(settings.BACKUP_KEY)
    if key is None:
        raise KeyMissing(
            "PORTAL_BACKUP_KEY is not set: backups are encrypted with it. Make one with "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))' and keep it on another machine."
        )
    return key
