"""The families' site: everybody may read it, and it shows what was posted and nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from zipfile import ZipFile

import pytest
from django.core.cache import cache
from django.urls import reverse

from notices.models import Posting
from notices.postings import publish_posting, withdraw_posting
from parties.access import acting_in
from tests.factories import member
from tests.notices.factories import make_district, make_notice, make_posting, redact

pytestmark = [pytest.mark.django_db, pytest.mark.obligation("L-6")]
LANGUAGES = ["en", "es", "pt-br", "ar", "zh-hans", "pl", "ht"]


@pytest.fixture
def district():
    return make_district(slug="northfield", name="Northfield Public Schools", languages=LANGUAGES)


def get(client, path, **query):
    """As a visitor: the database shows nothing until the page names its district."""
    with acting_in():
        return client.get(path, query)


def test_the_list_names_each_posting_to_everybody(client, district):
    make_posting(district, product="MathPath")
    make_posting(district, product="ReadWell")
    page = get(client, "/northfield/en/")
    assert page.status_code == 200
    assert "MathPath" in page.text
    assert "ReadWell" in page.text
    assert "2 notices in all." in page.text


def test_a_draft_is_nowhere_on_the_site(client, district):
    make_posting(district)
    make_notice(district, by=member(district), product="SecretDraft")
    for path in (
        "/northfield/en/",
        "/northfield/en/feed.atom",
        "/northfield/en/sitemap.xml",
        "/northfield/en/notices.csv",
    ):
        answer = get(client, path)
        assert answer.status_code == 200
        assert "SecretDraft" not in answer.text


def test_no_posting_of_another_district_is_shown(client, district):
    other = make_district(slug="southfield", languages=LANGUAGES)
    posting = make_posting(other, product="OtherApp")
    assert "OtherApp" not in get(client, "/northfield/en/").text
    assert get(client, f"/northfield/en/n/{posting.number}/").status_code == 404
    file = posting.files.get()
    assert get(client, f"/northfield/en/n/{posting.number}/v1/contract-{file.pk}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/nowhere/en/", "/northfield/de/", "/northfield/en/n/2026-999/", "/northfield/en/n/x/"]
)
def test_what_is_not_there_is_not_found(client, district, path):
    assert get(client, path).status_code == 404


def test_a_language_the_district_does_not_offer_is_not_found(client):
    make_district(slug="smallfield", languages=["en", "es"])
    assert get(client, "/smallfield/pl/").status_code == 404


def test_an_address_without_language_leads_to_the_readers_own(client, district):
    answer = client.get("/northfield/?q=math", headers={"accept-language": "es-MX,es;q=0.9"})
    assert (answer.status_code, answer["Location"]) == (302, "/northfield/es/?q=math")
    answer = client.get("/northfield/", headers={"accept-language": "fr"})
    assert answer["Location"] == "/northfield/en/"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_reads_in_each_language_and_names_the_others(client, district, language):
    posting = make_posting(district)
    page = get(client, f"/northfield/{language}/n/{posting.number}/")
    assert page.status_code == 200
    assert page["Content-Language"] == language
    html = page.text
    direction = "rtl" if language == "ar" else "ltr"
    assert re.search(rf'<html lang="{language}" dir="{direction}">', html, re.IGNORECASE)
    for other in LANGUAGES:
        assert f'hreflang="{other}"' in html
    assert html.count("<h1") == 1
    assert "<bdi>MathPath</bdi>" in html


def test_the_title_says_what_may_be_collected(client, district):
    posting = make_posting(district)
    html = get(client, f"/northfield/en/n/{posting.number}/").text
    assert "MathPath can collect about your child:" in html
    assert "Grade level" in html


def test_a_typing_mistake_still_finds_the_product(client, district):
    make_posting(district, product="MathPath")
    make_posting(district, product="Zebra Buses")
    html = get(client, "/northfield/en/", q="mathpaht").text
    assert "MathPath" in html
    assert "Zebra Buses" not in html


def test_a_kind_of_data_is_found_in_the_readers_language(client, district):
    make_posting(district, product="MathPath", elements=["biometric"])
    make_posting(district, product="Zebra Buses", elements=["bus"])
    html = get(client, "/northfield/en/", q="biometric").text
    assert "MathPath" in html
    assert "Zebra Buses" not in html


def test_nothing_found_says_so_and_offers_to_ask(client, district):
    make_posting(district)
    html = get(client, "/northfield/en/", q="TikTok").text
    assert "No notice names “TikTok”." in html
    assert "/northfield/en/ask/" in html


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\x01'"},
        {"q": "a" * 5000},
        {"q": "%_\\"},
        {"page": "x"},
        {"page": "99999999999"},
        {"kind": "\x7f"},
        {"school": "'\";--\x1b"},
        {"q": "& | ! ( "},
    ],
)
def test_a_strange_question_is_answered_all_the_same(client, district, query):
    make_posting(district)
    assert get(client, "/northfield/en/", **query).status_code == 200


def test_the_list_can_be_narrowed_to_a_school(client, district):
    from tests.factories import SchoolFactory

    hill, lake = SchoolFactory(district=district, name="Hill"), SchoolFactory(district=district, name="Lake")
    make_posting(district, product="MathPath", schools=[hill])
    make_posting(district, product="Zebra Buses", schools=[lake])
    make_posting(district, product="Everywhere", schools=[])
    html = get(client, "/northfield/en/", school="Hill").text
    assert "MathPath" in html
    assert "Everywhere" in html
    assert "Zebra Buses" not in html


def test_the_contract_is_served_byte_for_byte_and_as_text(client, district):
    posting = make_posting(district)
    file = posting.files.get()
    where = f"/northfield/en/n/{posting.number}/v1/contract-{file.pk}"
    served = get(client, where)
    assert served["Content-Type"] == "application/pdf"
    assert "sandbox" in served["Content-Security-Policy"]
    import hashlib

    assert hashlib.sha256(served.getvalue()).hexdigest() == file.sha256
    assert "The Board owns all student data." in get(client, f"{where}/text/").text


def test_a_new_version_leaves_the_old_one_at_its_own_address(client, district):
    by = member(district)
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    publish_posting(notice, by=by)
    section = notice.sections.get()
    section.description = "Math and reading practice."
    section.save()
    publish_posting(notice, by=by, what_changed="Reading was added.")
    newest = get(client, f"/northfield/en/n/{notice.number}/").text
    assert "Math and reading practice." in newest
    assert "Version 2 of 2" in newest
    assert "Reading was added." in newest
    old = get(client, f"/northfield/en/n/{notice.number}/v1/").text
    assert "Online math practice." in old
    assert "There is a newer version of this notice." in old


def test_a_withdrawn_notice_keeps_its_address_and_says_why(client, district):
    posting = make_posting(district)
    file = posting.files.get()
    withdraw_posting(posting, reason="Posted by mistake.", by=member(district))
    html = get(client, f"/northfield/en/n/{posting.number}/").text
    assert "Posted by mistake." in html
    assert "Online math practice." not in html
    assert get(client, f"/northfield/en/n/{posting.number}/v1/contract-{file.pk}").status_code == 404
    assert "Posted by mistake." in get(client, "/northfield/en/feed.atom").text


def test_the_feed_is_atom_with_full_text(client, district):
    posting = make_posting(district, product="Math\x0bPath", purpose="Practice\x1f.")
    answer = get(client, "/northfield/es/feed.atom")
    root = ET.fromstring(answer.content)
    atom = "{http://www.w3.org/2005/Atom}"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "es"
    (entry,) = root.findall(f"{atom}entry")
    assert posting.number in entry.find(f"{atom}id").text
    assert "Lumen Learning" in entry.find(f"{atom}summary").text


def test_the_sitemap_names_each_notice_in_each_language(client, district):
    posting = make_posting(district)
    root = ET.fromstring(get(client, "/northfield/en/sitemap.xml").content)
    places = [loc.text for loc in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    for language in LANGUAGES:
        assert any(place.endswith(f"/northfield/{language}/n/{posting.number}/") for place in places)
    assert len(places) == len(set(places)) == len(LANGUAGES)


def test_the_structured_facts_are_json_and_cannot_end_their_block(client, district):
    posting = make_posting(district, product="</script><script>alert(1)</script>")
    html = get(client, f"/northfield/en/n/{posting.number}/").text
    assert "<script>alert(1)" not in html
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL).group(1)
    facts = json.loads(block)
    assert facts["identifier"] == posting.number
    assert facts["@type"] == "Report"


def test_no_cell_of_the_list_is_a_formula(client, district):
    make_posting(district, product='=HYPERLINK("http://x")', vendor="@SUM(A1)")
    rows = list(
        csv.reader(io.StringIO(get(client, "/northfield/en/notices.csv").content.decode("utf-8-sig")))
    )
    assert rows[1][2] == '\'=HYPERLINK("http://x")'
    assert rows[1][3] == "'@SUM(A1)"
    book = ZipFile(io.BytesIO(get(client, "/northfield/en/notices.xlsx").content))
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("name", ["rights", "accessibility", "follow", "ask"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_other_pages_are_open_to_all(client, district, name, language):
    page = get(client, reverse(f"public:{name}", kwargs={"district": "northfield", "language": language}))
    assert page.status_code == 200
    assert page.text.count("<h1") == 1


def test_the_public_pages_ask_posting_and_no_rooms_table(client, district, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    posting = make_posting(district)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        get(client, "/northfield/en/")
        get(client, f"/northfield/en/n/{posting.number}/")
    tables = {t for q in caught.captured_queries for t in re.findall(r'(?:FROM|JOIN) "(\w+)"', q["sql"])}
    assert tables <= {"notices_posting", "notices_postingfile", "parties_district"}


def test_a_signed_in_person_sees_the_public_page_of_any_district_and_its_postings_only(client, district):
    other = make_district(slug="southfield", languages=LANGUAGES)
    client.force_login(member(district))
    make_posting(other, product="OtherApp")
    assert "OtherApp" in client.get("/southfield/en/").text
    assert Posting.objects.filter(district=other).exists()


def test_a_pdf_is_set_once_and_set_anew_when_the_posting_is_taken_back(client, district):
    posting = make_posting(district)
    address = f"/northfield/en/n/{posting.number}/notice.pdf"
    first = get(client, address).content
    cache.set(f"notice-pdf:{posting.pk}:False:en", first + b"%kept")
    assert get(client, address).content == first + b"%kept"
    withdraw_posting(posting, reason="Sent by mistake", by=member(district))
    assert get(client, address).content.startswith(b"%PDF")
    assert not get(client, address).content.endswith(b"%kept")
