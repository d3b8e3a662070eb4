"""The API: every room's nouns under /api/v1/, and its schema."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from breaches import api as breaches
from compliance_portal.setup_desk import api as setup_desk
from contracts import api as contracts
from inquiries import api as inquiries
from ledger import case_api as cases
from ledger.once import Once
from notices import api as notices
from policy import api as policy
from records import api as records
from roster import api as roster


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names a person's key."""

    target_class = "parties.api_tokens.TokenAuthentication"
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token …"}


class Router(SimpleRouter):
    """Every room's nouns; a request that carries an Idempotency-Key acts once, whatever its room."""

    def register(self, prefix: str, viewset: Any, basename: str | None = None) -> None:
        once = type(viewset.__name__, (Once, viewset), {"__doc__": viewset.__doc__})
        super().register(prefix, once, basename=basename)


class NothingHere(APIView):
    """Whatever no noun answers: a refusal as elsewhere in the API, not a page for people."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound


router = Router()
contracts.register(router)
notices.register(router)
roster.register(router)
breaches.register(router)
policy.register(router)
cases.register(router)
records.register(router)
inquiries.register(router)
setup_desk.register(router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include(router.urls)),
    re_path("", NothingHere.as_view()),
]
