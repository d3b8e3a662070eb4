from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "roster"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Each registers what it holds: the doorway for migrate, the sentences of the room's acts for history.
        from roster import imports, sentences  # noqa: F401
