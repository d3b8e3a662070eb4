"""What machines may ask about the engine, and who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mail import valve
from policy.sweep import sweep

pytestmark = pytest.mark.django_db


def test_the_health_page_follows_the_engine_and_says_what_is_behind(client, travel):
    assert client.get("/healthz").status_code == 503
    sweep()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "problems": []})
    assert answer["Cache-Control"].startswith("max-age=0")
    travel(timedelta(minutes=6))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == [
        "No sweep for 5 minutes: see that beat and a worker run, or that cron does."
    ]


def test_halted_mail_is_a_problem(client):
    sweep()
    valve.halt(reason="A drill", by=None)
    assert client.get("/healthz").json()["problems"] == ["Mail is halted: see manage.py mail status."]


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer other", "Basic known"])
def test_metrics_are_not_there_for_whoever_has_no_token(client, settings, header):
    settings.METRICS_TOKEN = "known to the collector"
    assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


def test_metrics_are_closed_until_a_token_is_set(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_metrics_are_ages_and_counts_and_nothing_else(client, settings):
    settings.METRICS_TOKEN = "known to the collector"
    sweep()
    answer = client.get("/metrics", headers={"Authorization": "Bearer known to the collector"})
    assert answer.status_code == 200
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    assert "portal_mail_waiting 0.0" in lines
    assert "portal_mail_halted 0.0" in lines
    assert "portal_problems 0.0" in lines
    assert {line.split()[0] for line in lines} == {
        "portal_seconds_since_sweep", "portal_oldest_due_seconds", "portal_oldest_lease_seconds",
        "portal_oldest_ready_seconds", "portal_mail_waiting", "portal_mail_uncertain", "portal_mail_halted",
        "portal_problems",
    }  # fmt: skip
