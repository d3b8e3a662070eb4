from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "mail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import mail.outbox  # noqa: F401 (registers its doorways, which post_migrate installs)
