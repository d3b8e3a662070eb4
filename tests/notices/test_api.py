"""The API says and refuses what the pages do, and shows nobody another district's rows."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from notices.issue import approve_notice
from notices.models import Notice, Posting
from notices.postings import publish_posting
from parties.api_tokens import make_api_token
from parties.models import Role
from tests.factories import DistrictFactory, member
from tests.notices.factories import make_breach_notice, make_district, make_notice, make_posting, redact

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return make_district(slug="northfield")


@pytest.fixture(autouse=True)
def _demo_people_need_no_second_step(settings):
    settings.EMBEDDED = True


def signed_in(user):
    _row, key = make_api_token(user=user, name="registers")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def test_the_walk_from_draft_to_posted(district):
    by = member(district)
    api = signed_in(by)
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    one = f"/api/v1/notices/{notice.pk}/"
    section = api.get(one).data["sections"][0]["id"]
    edited = api.patch(f"{one}sections/{section}/", {"description": "Math for all."}, format="json")
    assert (edited.status_code, edited.data["description"]) == (200, "Math for all.")
    text = api.post(
        f"{one}sections/{section}/texts/",
        {"part": "description", "language": "es", "body": "Matemáticas para todos."},
        format="json",
    )
    assert (text.status_code, text.data["reviewed"]) == (201, False)
    assert api.post(f"{one}texts/{text.data['id']}/review/").data["reviewed"] is True
    assert "Matemáticas para todos." in api.get(f"{one}preview/", {"language": "es"}).data["plain"]
    assert api.get(f"{one}forecast/").data["people"] == 2
    issued = api.post(f"{one}issue/")
    assert (issued.status_code, issued.data["status"], issued.data["reached"]["people"]) == (200, "issued", 2)
    rows = api.get(f"{one}deliveries/").data["results"]
    assert len(rows) == 2
    assert not {"address", "recipient_name"} & set(rows[0])
    posted = api.post(f"{one}post/", {}, format="json")
    assert (posted.status_code, posted.data["version"]) == (201, 1)
    back = api.post(
        f"/api/v1/postings/{posted.data['id']}/withdraw/", {"reason": "A mistake."}, format="json"
    )
    assert back.data["withdrawn_reason"] == "A mistake."


def test_what_is_missing_is_said_under_its_part(district):
    by = member(district)
    notice = make_notice(district, by=by, description="")
    answer = signed_in(by).post(f"/api/v1/notices/{notice.pk}/issue/")
    assert (answer.status_code, list(answer.data)) == (400, ["purpose"])


def test_twice_is_a_conflict(district):
    by = member(district)
    notice = make_notice(district, by=by)
    api = signed_in(by)
    assert api.post(f"/api/v1/notices/{notice.pk}/issue/").status_code == 200
    assert api.post(f"/api/v1/notices/{notice.pk}/issue/").status_code == 409


def test_a_status_cannot_be_written(district):
    """A38."""
    by = member(district)
    notice = make_notice(district, by=by)
    assert signed_in(by).patch(f"/api/v1/notices/{notice.pk}/", {"status": "issued"}).status_code == 405


def every_address(notice, posting):
    section = notice.sections.get()
    one = f"/api/v1/notices/{notice.pk}/"
    yield from (
        ("get", one),
        ("get", f"{one}preview/"),
        ("get", f"{one}forecast/"),
        ("get", f"{one}deliveries/"),
    )
    yield "patch", f"{one}sections/{section.pk}/"
    yield "post", f"{one}sections/{section.pk}/texts/"
    yield "post", f"{one}texts/1/review/"
    for verb in ("approve", "ask-approval", "combine", "issue", "post"):
        yield "post", f"{one}{verb}/"
    yield "get", f"/api/v1/postings/{posting.pk}/"
    yield "post", f"/api/v1/postings/{posting.pk}/withdraw/"


def test_another_districts_rows_are_not_there(district):
    """A12."""
    by = member(district)
    posting = make_posting(district, by=by)
    notice = make_notice(district, by=by)
    stranger = signed_in(member(DistrictFactory()))
    for method, path in every_address(notice, posting):
        assert getattr(stranger, method)(path, {}, format="json").status_code == 404, path
    assert stranger.get("/api/v1/notices/").data["results"] == []
    assert stranger.get("/api/v1/postings/").data["results"] == []


def test_without_sign_in_nothing_is_said(district):
    by = member(district)
    posting = make_posting(district, by=by)
    for method, path in every_address(posting.notice, posting):
        assert getattr(APIClient(), method)(path, {}, format="json").status_code in (401, 403), path


def test_a_viewer_reads_and_changes_nothing(district):
    by = member(district)
    posting = make_posting(district, by=by)
    notice = make_notice(district, by=by)
    viewer = signed_in(member(district, role=Role.VIEWER))
    assert viewer.get(f"/api/v1/notices/{notice.pk}/").status_code == 200
    assert viewer.post(f"/api/v1/notices/{notice.pk}/issue/").status_code == 403
    assert viewer.post(f"/api/v1/postings/{posting.pk}/withdraw/", {"reason": "x"}).status_code == 403
    assert Notice.objects.get(pk=notice.pk).status == "draft"
    assert not Posting.objects.get(pk=posting.pk).withdrawn


def test_a_breach_notice_is_issued_posted_and_taken_back_at_the_breach_desk_only(district, client):
    by = member(district)
    notice = make_breach_notice(district, by=by)
    approve_notice(notice, by=member(district, role=Role.APPROVER))
    posting, api, words = publish_posting(notice, by=by), signed_in(by), {"reason": "x", "what_changed": "x"}
    for path in ("issue", "post", "post-elsewhere"):
        assert api.post(f"/api/v1/notices/{notice.pk}/{path}/", words).status_code == 404, path
    assert api.post(f"/api/v1/postings/{posting.pk}/withdraw/", words).status_code == 404
    client.force_login(by)
    page = notice.get_absolute_url()
    shown = client.get(page).content.decode()
    for path in ("send/now/", "post/", "post/elsewhere/", "post/withdraw/"):
        assert client.post(f"{page}{path}", words).status_code == 404, path
        assert f'action="{page}{path}"' not in shown
    assert list(Posting.objects.values_list("version", "withdrawn_at")) == [(1, None)]
