from django.apps import AppConfig


class BreachesConfig(AppConfig):
    name = "breaches"
    default_auto_field = "django.db.models.BigAutoField"
