"""The families' site and the pages of notices in a browser: axe, widths, languages, weight, no scripts."""

from __future__ import annotations

import gzip

import pytest
from django.conf import settings as portal_settings

from notices.compose import write_text
from notices.issue import issue_notice
from notices.models import Question
from roster.models import Guardian
from tests.browser.looks import look_at_widths
from tests.factories import SchoolFactory, member
from tests.notices.factories import make_district, make_notice, make_posting
from tests.roster.factories import oneroster

pytestmark = pytest.mark.django_db(transaction=True)
LANGUAGES = ["en", "es", "pt-br", "ar", "zh-hans", "pl", "ht"]


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.EMBEDDED = True
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": None},
        },
    }


@pytest.fixture
def district(client):
    district = make_district(slug="northfield", name="Northfield Public Schools", languages=LANGUAGES)
    SchoolFactory(district=district, name="Hill School")
    client.get("/northfield/en/")  # the first answer of a process loads every room
    return district


def sign_in(page, client, person, live_server):
    client.force_login(person)
    cookie = client.cookies[portal_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


def test_the_families_pages_pass_axe_and_fit_in_both_directions(page, district):
    posting = make_posting(district)
    text = f"n/{posting.number}/v1/contract-{posting.files.get().pk}/text/"
    for language in ("en", "ar"):
        for path in (
            "",
            "?q=TikTok",
            f"n/{posting.number}/",
            text,
            "rights/",
            "accessibility/",
            "alerts/",
            "ask/",
        ):
            page.goto(f"/northfield/{language}/{path}")
            look_at_widths(page)


@pytest.mark.parametrize("language", ["es", "pt-br", "zh-hans", "pl", "ht"])
def test_the_notice_passes_axe_in_each_language(page, district, language):
    posting = make_posting(district)
    page.goto(f"/northfield/{language}/n/{posting.number}/")
    look_at_widths(page)


def test_a_family_searches_reads_and_asks_without_scripts(new_page, district):
    posting = make_posting(district)
    page = new_page(scripts=False, width=390)
    page.goto("/northfield/en/")
    page.get_by_label("Type the name of an app").fill("math")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="MathPath").click()
    assert "MathPath can collect about your child" in page.locator("h1").inner_text()
    page.get_by_role("link", name="Español").click()
    assert page.locator("html").get_attribute("lang") == "es"
    page.get_by_role("link", name="Hacer una pregunta sobre este aviso").click()
    page.get_by_label("Su pregunta").fill("¿Quién ve los datos?")
    page.get_by_role("button", name="Enviar la pregunta").click()
    assert "Gracias" in page.locator("h1").inner_text()
    assert Question.objects.get().number == posting.number


def test_a_wrong_address_is_said_beside_the_field(page, district, complaints):
    page.goto("/northfield/en/alerts/")
    page.get_by_label("Your e-mail address").fill("not an address")
    page.get_by_role("button", name="Send me a link").click()
    look_at_widths(page)
    assert page.locator("#error-summary").is_visible()
    complaints.expect("422")


def test_a_family_page_weighs_less_than_200_kilobytes(new_page, district):
    posting = make_posting(district)
    page = new_page()
    loaded = []
    page.on("response", lambda response: loaded.append(response))
    page.goto(f"/northfield/en/n/{posting.number}/", wait_until="networkidle")
    kinds = {response.request.resource_type for response in loaded}
    assert "script" not in kinds
    weight = sum(
        len(response.body() if response.request.resource_type == "font" else gzip.compress(response.body()))
        for response in loaded
    )
    assert weight < 200_000


def test_the_pages_of_a_notice_pass_axe_and_fit(page, client, district, live_server):
    by = member(district)
    sign_in(page, client, by, live_server)
    draft = make_notice(district, by=by)
    other = make_notice(district, by=by, product="ReadWell", description="")
    section = draft.sections.get()
    write_text(section, part="description", language="es", body="Práctica.", by=by, origin="machine_draft")
    Guardian.objects.filter(district=district).update(email="", postal_address="5 Elm Street")
    sent = issue_notice(make_notice(district, by=by, product="Zebra"), by=by)
    Question.objects.create(district=district, words="Who?", asked_at="2026-11-18T12:00Z")
    one = f"/d/northfield/notices/{draft.number}/"
    for path in (
        "/d/northfield/notices/",
        "/d/northfield/notices/questions/",
        one,
        f"{one}?language=ar",
        f"{one}message/",
        f"{one}send/",
        f"/d/northfield/notices/{other.number}/send/",
        f"/d/northfield/notices/{sent.number}/",
        f"/d/northfield/notices/{sent.number}/deliveries/",
    ):
        page.goto(path)
        look_at_widths(page)


def test_a_notice_is_written_and_sent_without_scripts(new_page, client, district, live_server):
    by = member(district)
    notice = make_notice(district, by=by, description="")
    page = new_page(scripts=False, width=390)
    sign_in(page, client, by, live_server)
    page.goto(f"/d/northfield/notices/{notice.number}/")
    page.get_by_label("What it is, in a few plain words").fill("Online math practice.")
    page.get_by_text("About the student", exact=True).click()
    page.locator("label", has_text="Photographs").click()
    page.get_by_role("button", name="Save", exact=True).click()
    assert "Photographs" in page.locator("article.preview").inner_text()
    page.get_by_role("link", name="Send to families").click()
    page.get_by_role("button", name="Send to 2 people now").click()
    notice.refresh_from_db()
    assert notice.status == "issued"


def test_the_pages_of_the_roster_pass_axe_and_fit(page, client, district, live_server, tmp_path):
    by = member(district)
    sign_in(page, client, by, live_server)
    child = Guardian.objects.filter(district=district).first().guardianships.get().student
    for path in ("", f"students/{child.pk}/", f"guardians/{child.guardianships.get().guardian_id}/"):
        page.goto(f"/d/northfield/roster/{path}")
        look_at_widths(page)
    page.goto("/d/northfield/roster/")
    (tmp_path / "roster.zip").write_bytes(oneroster())
    page.locator("label", has_text="OneRoster 1.1 or 1.2").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "roster.zip")
    page.get_by_role("button", name="Look at the changes").click()
    assert "What this roster would change" in page.locator("h1").inner_text()
    look_at_widths(page)
