from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "contracts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # They register a doorway, the packet's parts, a job, and which papers are posted.
        from contracts import endings, packet, read, redaction  # noqa: F401
