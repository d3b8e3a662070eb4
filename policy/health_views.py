"""Health for machines: `/healthz` for a proxy or a watchdog, `/metrics` for Prometheus. No personal data."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from policy.health import problems_now


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the engine makes progress, else 503 with a sentence for each thing that is behind."""
    _facts, problems = problems_now()
    return JsonResponse({"ok": not problems, "problems": problems}, status=503 if problems else 200)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The engine's ages and counts for Prometheus; not there without the token of PORTAL_METRICS_TOKEN."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not secrets.compare_digest(
        token.encode(), settings.METRICS_TOKEN.encode()
    ):
        raise Http404
    registry = CollectorRegistry()
    facts, problems = problems_now()
    for name, value in facts.items():
        gauge = Gauge(f"portal_{name}", name.replace("_", " "), registry=registry)
        gauge.set(float("nan") if value is None else value)
    Gauge("portal_problems", "things that are behind", registry=registry).set(len(problems))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
