"""E-mail alerts: asked twice, nothing before the answer, and every message says how to stop."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine

from mail import outbox
from mail.models import Delivery, Message
from notices.followers import confirm_following, stop_address
from notices.models import Follower, Question
from parties.access import acting_in
from tests.notices.factories import make_district, make_posting

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return make_district(slug="northfield")


def post(client, path, **fields):
    with acting_in():
        return client.post(path, fields)


def link_in(message, name):
    text = message.texts.get().plain
    return re.search(rf"https?://[^/]+(/\S+/alerts/{name}/\S+)", text).group(1)


def follow(client, email="pat@home.example"):
    assert post(client, "/northfield/en/alerts/", email=email).status_code == 200
    return Message.objects.get(kind="follow-question")


def test_nothing_is_sent_before_the_answer(client, district):
    follow(client)
    make_posting(district)
    assert not Message.objects.filter(kind="posting-news").exists()


def test_who_said_yes_is_told_of_each_posting_and_how_to_stop(client, district):
    question = follow(client)
    assert post(client, link_in(question, "confirm")).status_code == 200
    make_posting(district)
    news = Message.objects.get(kind="posting-news")
    assert news.deliveries.get().address == "pat@home.example"
    assert post(client, link_in(news, "stop")).status_code == 200
    make_posting(district)
    assert Message.objects.filter(kind="posting-news").count() == 1


def test_opening_the_link_alone_subscribes_nobody(client, district):
    """Mail scanners open links."""
    link = link_in(follow(client), "confirm")
    with acting_in():
        assert client.get(link).status_code == 200
    assert Follower.objects.get().confirmed_at is None


def test_a_link_older_than_48_hours_says_so(client, district):
    link = link_in(follow(client), "confirm")
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=49)):
        assert post(client, link).status_code == 410
    assert Follower.objects.get().confirmed_at is None


@pytest.mark.parametrize("token", ["x", "a:b:c", "a" * 500])
def test_a_made_up_link_does_nothing(client, district, token):
    assert post(client, f"/northfield/en/alerts/confirm/{token}/").status_code == 410
    assert post(client, f"/northfield/en/alerts/stop/{token}/").status_code == 404


def test_a_link_of_another_district_does_nothing(client, district):
    token = link_in(follow(client), "confirm").rstrip("/").rpartition("/")[2]
    other = make_district(slug="southfield")
    assert confirm_following(other, token=token) is None


def test_asking_again_at_once_sends_one_question_and_the_same_answer(client, district):
    follow(client)
    again = post(client, "/northfield/en/alerts/", email="PAT@home.example")
    assert again.status_code == 200
    assert Message.objects.filter(kind="follow-question").count() == 1
    assert Follower.objects.count() == 1


@pytest.mark.parametrize(
    "email", ["", "x", "a@x.example,b@y.example", "a@x.example\r\nBcc: b@y.example", "Bob <a@x.example>"]
)
def test_what_is_not_one_address_is_refused_beside_the_field(client, district, email):
    """A15, A16."""
    answer = post(client, "/northfield/en/alerts/", email=email)
    assert answer.status_code == 422
    assert "usa-error-message" in answer.text
    assert not Follower.objects.exists()


def test_the_mail_program_may_stop_it_by_itself(client, district):
    follower = Follower.objects.create(
        district=district, email="pat@home.example", confirmed_at="2026-11-01T00:00Z"
    )
    from django.test import Client

    path = "/" + stop_address(follower).split("/", 3)[3]
    with acting_in():
        assert (
            Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
        )
    follower.refresh_from_db()
    assert follower.ended_at is not None


def test_no_address_stands_in_a_link(client, district):
    message = follow(client)
    assert "pat" not in link_in(message, "confirm")


def test_who_follows_one_notice_hears_of_that_one_only(client, district):
    from notices.postings import publish_posting
    from tests.factories import member

    first, second = make_posting(district), make_posting(district)
    answer = post(client, f"/northfield/en/alerts/?about={first.number}", email="pat@home.example")
    assert answer.status_code == 200
    Follower.objects.update(confirmed_at="2026-11-01T00:00Z")
    publish_posting(second.notice, by=member(district), what_changed="x")
    assert not Delivery.objects.filter(message__kind="posting-news").exists()
    publish_posting(first.notice, by=member(district), what_changed="x")
    assert Delivery.objects.filter(message__kind="posting-news").count() == 1


def test_a_question_reaches_the_district_as_it_was_written(client, district):
    words = "<b>Who</b> has {{ 7*7 }} my child's bus stop?"
    assert post(client, "/northfield/en/ask/", words=words).status_code == 200
    assert Question.objects.get().words == words


def test_a_flood_of_questions_is_stopped(client, district):
    from ledger.clock import engine_now

    Question.objects.bulk_create(
        Question(district=district, words="x", asked_at=engine_now()) for _ in range(60)
    )
    assert post(client, "/northfield/en/ask/", words="one more").status_code == 429
    assert Question.objects.count() == 60


@pytest.mark.parametrize("words", ["", "x" * 2001])
def test_an_empty_or_endless_question_is_refused(client, district, words):
    assert post(client, "/northfield/en/ask/", words=words).status_code == 422


def test_a_mail_program_offers_to_stop_by_one_click(client, district, relay):  # RFC 8058
    question = follow(client)
    post(client, link_in(question, "confirm"))
    make_posting(district)
    outbox.turn()
    asked, news = (
        message_from_bytes((relay.folder / line["file"]).read_bytes(), policy=policy.default)
        for line in relay.accepted[:2]
    )
    assert asked["List-Unsubscribe"] is None  # there is nothing to stop yet
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.fullmatch(r"<https?://[^/]+(/\S+/alerts/stop/\S+)>", news["List-Unsubscribe"].strip()).group(1)
    assert post(client, link, **{"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Follower.objects.get().ended_at is not None
