from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "mail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from anymail.signals import tracking

        import mail.evidence
        import mail.outbox  # noqa: F401 (registers its doorways, which post_migrate installs)
        from mail.webhooks import keep_report

        tracking.connect(keep_report, dispatch_uid="mail.reports")
