from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from notices import evidence, sentences  # noqa: F401 (packet's sections, the sentences of its acts)
