"""What the environment may say, and what is wrong with what it says.

Settings come from the environment only. A misspelt or half-set value must stop the portal before it
serves a page, so everything is judged here, without Django, and reported in one go.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

# Name -> what it is for. README has this table; another name that starts with PORTAL_ is refused.
KNOWN: dict[str, str] = {
    "DATABASE_URL": "PostgreSQL, role portal: postgres://portal:secret@host/name. Unset: embedded",
    "DATABASE_OWNER_URL": "the same database as role owner; for `manage.py migrate`, `backup` and `restore`",
    "REDIS_URL": "Redis or Valkey for Celery: redis://, rediss:// or redis+socket://",
    "EMAIL_URL": "the mail relay: smtp+tls://user:secret@host:587, smtp://host:25 or filemail:///folder",
    "STORAGE_URL": "files: file:///folder or s3://key:secret@host/bucket?region=us-east-1",
    "SCANNER_URL": "virus scanner: clamd://host:3310 or clamd+unix:///path. Unset: 'not scanned'",
    "PORT": "one-machine mode: the port of the web server (8000)",
    "PORTAL_URL": "the address people type, e.g. https://privacy.example.org",
    "PORTAL_HOSTS": "further host names, comma-separated",
    "PORTAL_SECRET_KEY": "50 or more random characters",
    "PORTAL_PREVIOUS_SECRET_KEYS": "keys still accepted while they are being replaced, comma-separated",
    "PORTAL_FROM": "sender of the portal's own messages",
    "PORTAL_PROXIES": "how many reverse proxies stand in front (0)",
    "PORTAL_VAR": "one-machine mode: the folder of everything it keeps (var)",
    "PORTAL_WORKERS": "web processes (2)",
    "PORTAL_THREADS": "threads of a web process (4)",
    "PORTAL_TASKS": "Celery processes (2)",
    "PORTAL_LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR (INFO)",
    "PORTAL_HEARTBEAT_URL": "an outside watchdog pinged after each good sweep",
    "PORTAL_WEBHOOK_SECRET": "name:password with which the mail provider reports deliveries to /webhooks/",
    "PORTAL_METRICS_TOKEN": "bearer token for /metrics; unset: /metrics is closed",
    "PORTAL_BACKUP_KEY": "32 random bytes in base64: encrypts `manage.py backup`; keep it on another machine",
    "PORTAL_TEXT_URL": "HTTP gateway that sends urgent text or voice alerts",
    "PORTAL_TEXT_TOKEN": "bearer token of that gateway",
    "PORTAL_GOOGLE_CLIENT_ID": "Google sign-in",
    "PORTAL_GOOGLE_CLIENT_SECRET": "Google sign-in",
    "PORTAL_ENTRA_TENANT": "Microsoft Entra sign-in: the tenant's id",
    "PORTAL_ENTRA_CLIENT_ID": "Microsoft Entra sign-in",
    "PORTAL_ENTRA_CLIENT_SECRET": "Microsoft Entra sign-in",
    "PORTAL_OIDC_NAME": "another OpenID Connect issuer: its name on the sign-in page",
    "PORTAL_OIDC_SERVER_URL": "the issuer's address",
    "PORTAL_OIDC_CLIENT_ID": "OpenID Connect sign-in",
    "PORTAL_OIDC_CLIENT_SECRET": "OpenID Connect sign-in",
}

# Each group is set as a whole or not at all.
TOGETHER: tuple[tuple[str, ...], ...] = (
    ("PORTAL_GOOGLE_CLIENT_ID", "PORTAL_GOOGLE_CLIENT_SECRET"),
    ("PORTAL_ENTRA_TENANT", "PORTAL_ENTRA_CLIENT_ID", "PORTAL_ENTRA_CLIENT_SECRET"),
    (
        "PORTAL_OIDC_NAME",
        "PORTAL_OIDC_SERVER_URL",
        "PORTAL_OIDC_CLIENT_ID",
        "PORTAL_OIDC_CLIENT_SECRET",
    ),
    ("PORTAL_TEXT_URL", "PORTAL_TEXT_TOKEN"),
)

# A database of one's own means a real installation: nothing embedded may stand in for the rest.
WITH_DATABASE = ("REDIS_URL", "EMAIL_URL", "STORAGE_URL", "PORTAL_URL", "PORTAL_SECRET_KEY")

SCHEMES: dict[str, tuple[str, ...]] = {
    "DATABASE_URL": ("postgres", "postgresql"),
    "DATABASE_OWNER_URL": ("postgres", "postgresql"),
    "REDIS_URL": ("redis", "rediss", "redis+socket"),
    "EMAIL_URL": ("smtp", "smtps", "smtp+tls", "smtp+ssl", "filemail"),
    "STORAGE_URL": ("file", "s3"),
    "SCANNER_URL": ("clamd", "clamd+unix"),
    "PORTAL_URL": ("http", "https"),
    "PORTAL_HEARTBEAT_URL": ("http", "https"),
    "PORTAL_TEXT_URL": ("http", "https"),
    "PORTAL_OIDC_SERVER_URL": ("http", "https"),
}

WHOLE_NUMBERS = {
    "PORT": (1, 65535),
    "PORTAL_PROXIES": (0, 9),
    "PORTAL_WORKERS": (1, 64),
    "PORTAL_THREADS": (1, 64),
    "PORTAL_TASKS": (1, 64),
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the environment: a stable id, what it is, and what to do about it."""

    id: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"({self.id}) {self.message}\n    HINT: {self.hint}"


def find_problems(environ: Mapping[str, str]) -> list[Problem]:
    """Everything wrong with `environ`, never its values (they may be secrets)."""
    said = {name: value for name, value in environ.items() if value != ""}
    return [
        *_unknown(said),
        *_half_set(said),
        *_malformed(said),
        *_unsafe(said),
    ]


def _unknown(said: Mapping[str, str]) -> list[Problem]:
    return [
        Problem("portal.E001", f"{name} is not a setting of the portal.", "Correct its spelling or unset it.")
        for name in sorted(said)
        if name.startswith("PORTAL_") and name not in KNOWN
    ]


def _half_set(said: Mapping[str, str]) -> list[Problem]:
    found = []
    for group in TOGETHER:
        absent = [name for name in group if name not in said]
        if absent and len(absent) < len(group):
            found.append(
                Problem(
                    "portal.E002",
                    f"{', '.join(absent)} is missing.",
                    f"Set all of {', '.join(group)}, or none.",
                )
            )
    if "DATABASE_URL" in said:
        absent = [name for name in WITH_DATABASE if name not in said]
        if absent:
            found.append(
                Problem(
                    "portal.E003",
                    f"DATABASE_URL is set, but {', '.join(absent)} is not.",
                    "A database of your own needs all of them; unset DATABASE_URL for the one-machine mode.",
                )
            )
    elif "DATABASE_OWNER_URL" in said:
        found.append(
            Problem(
                "portal.E004",
                "DATABASE_OWNER_URL is set, but DATABASE_URL is not.",
                "Set both, or neither for the embedded server.",
            )
        )
    return found


def _malformed(said: Mapping[str, str]) -> list[Problem]:
    found = []
    for name, schemes in SCHEMES.items():
        if name in said and not _is_address(said[name], schemes):
            found.append(
                Problem(
                    "portal.E005",
                    f"{name} is not an address the portal understands.",
                    f"It begins with {', '.join(s + '://' for s in schemes)}. {KNOWN[name]}.",
                )
            )
    for name, (least, most) in WHOLE_NUMBERS.items():
        if name in said and not (said[name].isascii() and said[name].isdigit()):
            found.append(Problem("portal.E006", f"{name} is not a whole number.", KNOWN[name] + "."))
        elif name in said and not least <= int(said[name]) <= most:
            found.append(Problem("portal.E006", f"{name} is not from {least} to {most}.", KNOWN[name] + "."))
    if said.get("PORTAL_LOG_LEVEL", "INFO") not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        found.append(
            Problem("portal.E007", "PORTAL_LOG_LEVEL is not a level.", KNOWN["PORTAL_LOG_LEVEL"] + ".")
        )
    return found


def _unsafe(said: Mapping[str, str]) -> list[Problem]:
    found = []
    key = said.get("PORTAL_SECRET_KEY")
    if key is not None and (len(key) < 50 or len(set(key)) < 10):
        found.append(
            Problem(
                "portal.E008",
                "PORTAL_SECRET_KEY is too short or too plain.",
                "python3 -c 'import secrets; print(secrets.token_urlsafe(50))' makes a good one.",
            )
        )
    address = urlsplit(said.get("PORTAL_URL", ""))
    if address.scheme == "http" and address.hostname not in LOCAL_HOSTS:
        found.append(
            Problem(
                "portal.E009",
                "PORTAL_URL is not encrypted.",
                "Student records travel over TLS only: use https://. Plain http:// is for localhost.",
            )
        )
    if "PORTAL_BACKUP_KEY" in said and decode_key(said["PORTAL_BACKUP_KEY"]) is None:
        found.append(
            Problem(
                "portal.E011",
                "PORTAL_BACKUP_KEY is not a key of 32 bytes.",
                "python3 -c 'import secrets; print(secrets.token_urlsafe(32))' makes one.",
            )
        )
    if "DATABASE_URL" in said and said["DATABASE_URL"] == said.get("DATABASE_OWNER_URL"):
        found.append(
            Problem(
                "portal.E010",
                "DATABASE_URL and DATABASE_OWNER_URL are the same.",
                "The web and the workers run as role portal, which owns nothing; only migrate runs as owner.",
            )
        )
    return found


def decode_key(text: str) -> bytes | None:
    """The 32 bytes that base64 text (its web form too) stands for; None when it stands for anything else."""
    try:
        key = base64.b64decode(text.rstrip("=") + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 and len(set(key)) > 8 else None


def _is_address(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  (reading it is what checks it)
    except ValueError:
        return False
    if parts.scheme not in schemes:
        return False
    if parts.scheme in {"file", "filemail", "redis+socket", "clamd+unix"}:
        return parts.netloc == "" and len(parts.path) > 1
    if parts.scheme in {"postgres", "postgresql"}:
        return len(parts.path) > 1
    return bool(parts.hostname)
