from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "policy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Each registers what it holds: doorways for migrate, readings of the packs for manage.py check,
        # sentences of its acts for history.
        from policy import checks, doorways, sentences  # noqa: F401
