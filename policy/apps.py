from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "policy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import policy.doorways  # noqa: F401 (registers them before migrate installs them)
