from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "roster"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from roster import sentences  # noqa: F401 (it adds the sentences of the room's acts)
