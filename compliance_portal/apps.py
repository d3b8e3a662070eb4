from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "compliance_portal"

    def ready(self) -> None:
        from compliance_portal import checks, sentences  # noqa: F401  (each registers its own)
        from compliance_portal.setup_desk.catching_up import owe_what_now_applies
        from policy.adoptions import CATCHING_UP

        CATCHING_UP.append(owe_what_now_applies)
