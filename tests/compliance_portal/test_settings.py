"""The settings that people will run, read in a process of their own."""

import json
import subprocess
import sys

import pytest

from tests.compliance_portal.test_environment import WHOLE
from tests.servers import ROOT, portal_environ

READ = """
import json, sys
from compliance_portal import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


@pytest.fixture
def read(tmp_path):
    """The named settings of a portal with this environment."""

    def settings_of(*names: str, **environ: str) -> dict:
        done = subprocess.run(
            [sys.executable, "-c", READ, *names],
            env=portal_environ(tmp_path, **environ),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    return settings_of


def test_a_real_installation_keeps_its_cookies_to_its_own_encrypted_host(read):
    found = read(
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "ALLOWED_HOSTS",
        "EMBEDDED",
        **WHOLE,
    )
    assert found == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 63072000,
        "ALLOWED_HOSTS": ["privacy.example.org"],
        "EMBEDDED": False,
    }


def test_one_machine_mode_works_on_localhost_without_encryption(read):
    found = read("EMBEDDED", "PORTAL_URL", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_NAME", PORT="8123")
    assert found == {
        "EMBEDDED": True,
        "PORTAL_URL": "http://localhost:8123",
        "SECURE_SSL_REDIRECT": False,
        "SESSION_COOKIE_NAME": "session",
    }


def test_the_secret_key_is_never_a_known_one(read):
    assert read("SECRET_KEY") != read("SECRET_KEY")


def test_scripts_and_styles_come_from_files_of_our_own(read):
    directives = read("CONTENT_SECURITY_POLICY", **WHOLE)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert directives["form-action"] == ["'self'"]


def test_sign_in_elsewhere_is_one_tenants_and_the_form_may_lead_there(read):
    entra = {
        "PORTAL_ENTRA_TENANT": "11111111-2222-3333-4444-555555555555",
        "PORTAL_ENTRA_CLIENT_ID": "client",
        "PORTAL_ENTRA_CLIENT_SECRET": "secret",
    }
    found = read("SOCIALACCOUNT_PROVIDERS", "CONTENT_SECURITY_POLICY", **WHOLE, **entra)
    (issuer,) = found["SOCIALACCOUNT_PROVIDERS"]["openid_connect"]["APPS"]
    assert issuer["provider_id"] == "entra-11111111-2222-3333-4444-555555555555"
    assert issuer["settings"]["server_url"] == (
        "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"
    )
    assert found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["form-action"] == [
        "'self'",
        "https://login.microsoftonline.com",
    ]


def test_celery_is_a_doorbell_that_loses_no_task_and_carries_json_only(read):
    found = read(
        "CELERY_TASK_ACKS_LATE",
        "CELERY_TASK_REJECT_ON_WORKER_LOST",
        "CELERY_WORKER_PREFETCH_MULTIPLIER",
        "CELERY_ACCEPT_CONTENT",
        "CELERY_TASK_IGNORE_RESULT",
        "CELERY_TIMEZONE",
    )
    assert found == {
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_ACCEPT_CONTENT": ["json"],
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TIMEZONE": "UTC",
    }


def test_mail_without_a_relay_is_written_to_a_file_of_its_own(read, tmp_path):
    found = read("EMAIL_BACKEND", "EMAIL_FILE_PATH")
    assert found == {
        "EMAIL_BACKEND": "compliance_portal.local.catcher.EmailBackend",
        "EMAIL_FILE_PATH": str(tmp_path / "mail"),
    }


def test_a_relay_is_spoken_to_encrypted_and_not_waited_for_without_end(read):
    mail = {"EMAIL_URL": "smtp+tls://user:pass@relay.example.org:587"}
    found = read(
        "EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_TIMEOUT", **WHOLE | mail
    )
    assert found == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "relay.example.org",
        "EMAIL_PORT": 587,
        "EMAIL_USE_TLS": True,
        "EMAIL_TIMEOUT": 20,
    }


def test_documents_have_no_address_of_their_own(read):
    settings = read("STORAGES", "MEDIA_URL", STORAGE_URL="file:///srv/documents")
    assert settings["STORAGES"]["default"]["OPTIONS"] == {"location": "/srv/documents"}
    assert settings["MEDIA_URL"] is None
