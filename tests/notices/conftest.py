from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    """Each test keeps its files in a folder of its own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": None},
        },
    }
