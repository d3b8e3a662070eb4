from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "compliance_portal"

    def ready(self) -> None:
        from compliance_portal import checks, sentences  # noqa: F401  (each registers its own)
