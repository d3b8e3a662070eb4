"""Settings: one file, from the environment only (compliance_portal/environment.py judges it first).

Without DATABASE_URL the portal is in one-machine mode: `manage.py serve` starts the servers and writes
their sockets and secrets to var/local.json, readable by its owner only; every other command finds them there.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

from compliance_portal.environment import LOCAL_HOSTS, find_problems

django_stubs_ext.monkeypatch()  # so that ModelForm[...] and its kin can be subscripted at run time

BASE_DIR = Path(__file__).resolve().parent.parent

if problems := find_problems(os.environ):
    raise ImproperlyConfigured("\n".join(["The portal's settings cannot be used:", *map(str, problems)]))

env = environ.Env()

# --- where this runs ---------------------------------------------------------------------------------

# Unlike every other mode, one-machine mode may hold the demo. Whoever brings a database of their own
# leaves it, and with it every exemption made for the demo's accounts.
EMBEDDED = not env.str("DATABASE_URL", default="")
VAR_DIR = Path(env.str("PORTAL_VAR", default="") or BASE_DIR / "var").absolute()


def _local_facts() -> dict[str, str]:
    """What the running (or last) one-machine mode wrote: sockets, passwords, the secret key."""
    try:
        facts: dict[str, str] = json.loads((VAR_DIR / "local.json").read_text())
    except FileNotFoundError:
        facts = {}
    nowhere = str(VAR_DIR / "not-started")
    return {
        "secret_key": secrets.token_urlsafe(50),
        "database_url": f"postgres://portal@/portal?host={nowhere}",
        "database_owner_url": f"postgres://owner@/portal?host={nowhere}",
        "redis_url": f"redis+socket://{nowhere}/valkey.sock",
        "address": f"http://localhost:{env.int('PORT', default=8000)}",
    } | facts


_local = _local_facts() if EMBEDDED else {}

PORTAL_URL = (env.str("PORTAL_URL", default="") or _local["address"]).rstrip("/")
_portal_url = urlsplit(PORTAL_URL)
PORTAL_HOST = _portal_url.hostname or "localhost"
SECURE = _portal_url.scheme == "https"

DEBUG = False
SECRET_KEY = env.str("PORTAL_SECRET_KEY", default="") or _local["secret_key"]
SECRET_KEY_FALLBACKS = env.list("PORTAL_PREVIOUS_SECRET_KEYS", default=[])
ALLOWED_HOSTS = [PORTAL_HOST, *env.list("PORTAL_HOSTS", default=[]), *(LOCAL_HOSTS if EMBEDDED else ())]
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
NUM_PROXIES = env.int("PORTAL_PROXIES", default=0)

# --- what it is made of ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "compliance_portal",
    "inquiries",
    "records",
    "breaches",
    "contracts",
    "notices",
    "roster",
    "policy",
    "mail",
    "ledger",
    "parties",
    "django.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "compliance_portal.limits.RequestSizeMiddleware",
    "compliance_portal.limits.NullCharacterMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Access is denied by default: a view says so when it is for everyone (architecture §10).
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "parties.access.DistrictScopeMiddleware",
    "parties.sign_in.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "compliance_portal.conflicts.ConflictMiddleware",
]

ROOT_URLCONF = "compliance_portal.urls"
WSGI_APPLICATION = "compliance_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "compliance_portal.frame.frame",
            ],
        },
    },
]

FORM_RENDERER = "compliance_portal.rendering.PortalRenderer"

# --- the database ------------------------------------------------------------------------------------

# Engine roles never wait for ever (reliability §1.3); a forgotten transaction must not hold a row.
_LIMITS = (
    "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
)


def _database(url: str) -> dict[str, Any]:
    return {
        **environ.Env.db_url_config(url, engine="django.db.backends.postgresql"),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="") or _local.get("database_owner_url", "")
DATABASES = {"default": _database(env.str("DATABASE_URL", default="") or _local["database_url"])}
DATABASES["default"].setdefault("OPTIONS", {})["options"] = _LIMITS
if "host" in DATABASES["default"]["OPTIONS"]:  # postgres://role@/name?host=/folder/of/the/socket
    DATABASES["default"]["HOST"] = DATABASES["default"]["OPTIONS"].pop("host")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Counters of refused sign-ins must be shared by all processes and survive a wiped Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
    }
}

BACKUP_KEY = env.str("PORTAL_BACKUP_KEY", default="")

# --- Celery: a doorbell, never the truth (reliability §1.5) --------------------------------------------

CELERY_BROKER_URL = env.str("REDIS_URL", default="") or _local["redis_url"]
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_TASK_PUBLISH_RETRY = False  # a doorbell that does not ring must not keep a person waiting
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1_500_000  # kB; reading a scan takes up to 0.9 GB
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# No retries: without a broker each bell would else make its request wait two seconds. The sweep sees the row.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300, "unacked_restore_throttle": 1, "max_retries": 0,
}  # fmt: skip

# --- mail --------------------------------------------------------------------------------------------

# One-machine mode has no relay: what would be sent is written to var/mail, and the start says so.
_email = env.email_url("EMAIL_URL", default=f"filemail://{VAR_DIR}/mail")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
if EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend":
    EMAIL_BACKEND = "compliance_portal.local.catcher.EmailBackend"
EMAIL_FILE_PATH = "/" + (_email["EMAIL_FILE_PATH"] or "").lstrip("/")
EMAIL_HOST = _email["EMAIL_HOST"] or ""
EMAIL_PORT = _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("PORTAL_FROM", default="") or f"portal@{PORTAL_HOST}"
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ANYMAIL = {"WEBHOOK_SECRET": env.str("PORTAL_WEBHOOK_SECRET", default="")}

# --- files -------------------------------------------------------------------------------------------

UPLOAD_LIMIT_BYTES = 200 * 1024 * 1024
UPLOAD_LIMIT_PAGES = 1000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20


def file_storage(url: str) -> dict[str, Any]:
    """Where documents lie. A folder's files have no address: a view that has checked who asks reads them."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        place = {"location": unquote(parts.path)}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": place}
    said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {
        "access_key": unquote(parts.username or "") or None,
        "secret_key": unquote(parts.password or "") or None,
        "bucket_name": parts.path.strip("/"),
        "region_name": said.get("region"),
        "default_acl": "private",
        "file_overwrite": False,
        "querystring_auth": True,
        "signature_version": "s3v4",
        "object_parameters": {"ServerSideEncryption": "AES256"},
    }
    if not (parts.hostname or "").endswith(".amazonaws.com"):
        scheme = "http" if parts.hostname in LOCAL_HOSTS else "https"
        options["endpoint_url"] = f"{scheme}://{parts.netloc.rpartition('@')[2]}"
        options["addressing_style"] = "path"
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


MEDIA_URL = None
STATIC_URL = "/static/"
STATIC_ROOT = None if EMBEDDED else BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": file_storage(env.str("STORAGE_URL", default="") or f"file://{VAR_DIR}/files"),
    "staticfiles": {
        # One-machine mode serves the source files; an image is built with hashed, compressed ones.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = EMBEDDED
SCANNER_URL = env.str("SCANNER_URL", default="")

# --- who may come in ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "parties.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# People are invited (parties); the invitation's link has already proved the address.
ACCOUNT_ADAPTER = "parties.sign_in.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "parties.sign_in.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _portal_url.scheme
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ALLAUTH_TRUSTED_PROXY_COUNT = NUM_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE  # localhost only: environment.py refuses other http
MFA_TOTP_ISSUER = "Compliance Portal"

SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # a matching address alone never signs anyone in
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False


def _place_of(address: str) -> str:
    """Where an issuer is, as one word of a path: login.example.org/realms/a is login.example.org-realms-a."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}".rstrip("/").replace("/", "-").replace(":", "-")


_issuers: list[dict[str, Any]] = []
if env.str("PORTAL_ENTRA_TENANT", default=""):
    _issuers.append(
        {
            # An account is keyed on this name and the subject: another tenant's subject is somebody else.
            "provider_id": f"entra-{env.str('PORTAL_ENTRA_TENANT')}",
            "name": "Microsoft",
            "client_id": env.str("PORTAL_ENTRA_CLIENT_ID"),
            "secret": env.str("PORTAL_ENTRA_CLIENT_SECRET"),
            "settings": {
                "server_url": f"https://login.microsoftonline.com/{env.str('PORTAL_ENTRA_TENANT')}/v2.0",
                "oauth_pkce_enabled": True,
            },
        }
    )
if env.str("PORTAL_OIDC_SERVER_URL", default=""):
    _issuers.append(
        {
            "provider_id": f"oidc-{_place_of(env.str('PORTAL_OIDC_SERVER_URL'))}",
            "name": env.str("PORTAL_OIDC_NAME"),
            "client_id": env.str("PORTAL_OIDC_CLIENT_ID"),
            "secret": env.str("PORTAL_OIDC_CLIENT_SECRET"),
            "settings": {"server_url": env.str("PORTAL_OIDC_SERVER_URL"), "oauth_pkce_enabled": True},
        }
    )
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"openid_connect": {"APPS": _issuers}}
if env.str("PORTAL_GOOGLE_CLIENT_ID", default=""):
    SOCIALACCOUNT_PROVIDERS["google"] = {
        "APPS": [
            {
                "client_id": env.str("PORTAL_GOOGLE_CLIENT_ID"),
                "secret": env.str("PORTAL_GOOGLE_CLIENT_SECRET"),
                "key": "",
            }
        ],
        "OAUTH_PKCE_ENABLED": True,
    }

# --- the browser -------------------------------------------------------------------------------------

# A form that posts to a sign-in provider is redirected there, and browsers hold redirects to form-action.
_sign_in_origins = [
    "{0.scheme}://{0.netloc}".format(urlsplit(issuer["settings"]["server_url"])) for issuer in _issuers
]
if "google" in SOCIALACCOUNT_PROVIDERS:
    _sign_in_origins.append("https://accounts.google.com")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # data: for the picture of a second factor's key
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *_sign_in_origins],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 63_072_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if NUM_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 60  # idle; 12 hours in all (parties.sign_in)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE else "language"
LANGUAGE_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- the API -----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "parties.api_tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "ledger.api.Pages",
    "EXCEPTION_HANDLER": "ledger.api.refuse",
    "PAGE_SIZE": 50,
    "NUM_PROXIES": NUM_PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Compliance Portal",
    "DESCRIPTION": (
        "School districts' vendor contracts, their notices, and the proof. A request that changes something "
        "may carry a header Idempotency-Key of the caller's own: sent again within a day, it is answered "
        "again and acts once; 422 when the key was used for another request, 409 while the first is at work."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "ledger.api.document_refusals",
    ],
    # Fields of one name in several nouns: each set of choices has the name of its own class.
    "ENUM_NAME_OVERRIDES": {
        name.rpartition(".")[2] + "Enum": name
        for name in (
            *("parties.models.Role", "parties.models.VendorKind", "ledger.models.JobStatus"),
            *("mail.models.Channel", "mail.models.DeliveryStatus"),
            *("policy.models.ObligationStatus", "policy.models.DeadlineStatus", "policy.models.ChangeKind"),
            "policy.serializers.AdoptablePack",
            *("roster.models.ImportFormat", "roster.models.ImportStatus"),
            *("notices.models.NoticeKind", "notices.models.NoticeStatus"),
            *("contracts.models.ContractStatus", "contracts.models.InstrumentKind"),
            *("contracts.models.Verdict", "contracts.models.CureStatus", "contracts.models.Ground"),
            *("breaches.models.ReportChannel", "breaches.models.BreachSort", "breaches.models.BreachStatus"),
            *("breaches.models.PersonSort", "breaches.models.UploadStatus", "breaches.models.StepKind"),
            *("breaches.models.SanctionKind", "breaches.models.DeterminationSort"),
            *("records.models.HoldGround", "records.models.HoldStatus", "records.models.DispositionStatus"),
            *("inquiries.models.Sort", "inquiries.models.InquiryStatus"),
        )
    },
}

# --- words and time ----------------------------------------------------------------------------------

LANG_INFO.setdefault(
    "ht", {"bidi": False, "code": "ht", "name": "Haitian Creole", "name_local": "Kreyòl ayisyen"}
)
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("pt-br", "Português"),
    ("ar", "العربية"),
    ("zh-hans", "简体中文"),
    ("pl", "Polski"),
    ("ht", "Kreyòl ayisyen"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- log and watch -----------------------------------------------------------------------------------

# These tell of every font and file that they open, or of every bell that rings.
_TALKATIVE = (
    *("fontTools", "pikepdf", "PIL", "pdfminer", "weasyprint"),
    *("celery.beat", "celery.worker.strategy", "celery.app.trace"),
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "compliance_portal.logs.WithoutRows",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("PORTAL_LOG_LEVEL", default="") or "INFO"},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        **{name: {"level": "WARNING"} for name in _TALKATIVE},
    },
}
HEARTBEAT_URL = env.str("PORTAL_HEARTBEAT_URL", default="")
METRICS_TOKEN = env.str("PORTAL_METRICS_TOKEN", default="")
TEXT_URL = env.str("PORTAL_TEXT_URL", default="")
TEXT_TOKEN = env.str("PORTAL_TEXT_TOKEN", default="")
