from django.apps import AppConfig


class BreachesConfig(AppConfig):
    name = "breaches"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import breaches.evidence
        import breaches.retention  # noqa: F401 (registers its doorway, which post_migrate installs)
