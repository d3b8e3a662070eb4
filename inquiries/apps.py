from django.apps import AppConfig


class InquiriesConfig(AppConfig):
    name = "inquiries"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from inquiries import sentences  # noqa: F401 (it adds the sentences of the room's acts)
