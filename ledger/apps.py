from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import ledger.seals  # noqa: F401 (registers its doorway, which post_migrate installs)
        from ledger.protection import install_protection

        post_migrate.connect(install_protection, sender=self, dispatch_uid="ledger.protection")
