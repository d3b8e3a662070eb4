"""Every page of the portal, with the demo's rows: reached by links, looked at in the browser, its forms sent.

One walk a kind of person: staff with every role, a vendor's person, a visitor. The walk finds one address
for each view without a browser, by links and by the demo's cases; Chromium then opens it at 1280 and 390 px,
and 320 px for its width. A page that needs a state the demo does not have is not seen here.
"""

from urllib.parse import urljoin

import lxml.html
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from ledger.models import Case
from notices.models import Notice
from parties.access import acting_in
from parties.models import District, Membership, Role, User, VendorMember
from tests.browser.looks import keep_picture, sideways, violations
from tests.browser.walk import Page, Walk, try_cases, walk

pytestmark = pytest.mark.long  # the demo and some 70 pages at three widths: several minutes

# Each kind of person, and how many kinds of pages and forms they find at least.
PEOPLE = {"staff": (60, 40), "vendor": (4, 2), "visitor": (6, 2)}


def staff() -> User:
    """The demo's custodian, with every other role too, so that no page is refused."""
    held = (
        Membership.objects.filter(role=Role.CUSTODIAN, ended_at=None)
        .select_related("user", "district")
        .first()
    )
    for role in Role.values:
        Membership.objects.get_or_create(user=held.user, district=held.district, role=role, ended_at=None)
    return held.user


def cases_of(district: District) -> list[tuple[str, str, str]]:
    """The demo's cases and notices, newest first, as their pages' addresses name them."""
    with acting_in(district):
        cases = [(case.kind, case.number) for case in Case.objects.order_by("-pk")]
        cases += [("notice", notice.number) for notice in Notice.objects.order_by("-pk")]
    return [(district.slug, *case) for case in cases]


def walk_as(name: str) -> tuple[Client, Walk]:
    client = Client()
    district = District.objects.order_by("pk").first()
    if name == "staff":
        client.force_login(staff())
        found = walk(client, ["/"])
        try_cases(client, found, cases_of(district))
        return client, found
    if name == "vendor":
        client.force_login(VendorMember.objects.filter(ended_at=None).first().user)
        return client, walk(client, ["/vendor/"])
    return client, walk(client, [f"/{district.slug}/en/", "/accounts/login/"])


def look(page, shown: Page) -> list[str]:
    """Everything wrong with one page, at the three widths."""
    found = []
    response = page.goto(shown.address)
    if response.status != 200:
        found.append(f"answered {response.status}")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        keep_picture(page)
        found += [f"{width} px: {one}" for one in violations(page)]
    page.set_viewport_size({"width": 320, "height": 900})
    if (over := sideways(page)) > 0:
        found.append(f"320 px: {over} px too wide")
    if (headings := page.locator("h1").count()) != 1:
        found.append(f"{headings} first headings")
    return [f"{shown.view} {shown.address}: {one}" for one in found]


def forms(shown: Page) -> list[tuple[str, dict[str, list[str]]]]:
    """Each form of a page that changes something: where it goes, and what it holds as the page is shown."""
    found = []
    for form in lxml.html.fromstring(shown.html).forms:
        if form.method.upper() == "POST":
            values: dict[str, list[str]] = {}
            for key, value in form.form_values():
                values.setdefault(key, []).append(value)
            found.append((urljoin(shown.address, form.action or shown.address), values))
    return found


def send(client: Client, action: str, values: dict[str, list[str]]) -> int:
    """Send a form as a browser without scripts would, and undo what it did."""
    with transaction.atomic():
        answer = client.post(action, values).status_code
        transaction.set_rollback(True)
    return answer


def send_all(client: Client, reached: Walk) -> tuple[int, list[str]]:
    """Send every form that a person sees, as it is shown: how many, and those that did not answer well."""
    problems, sent = [], set()
    for shown in [page for pages in reached.pages.values() for page in pages]:
        for action, values in forms(shown):
            if (action, tuple(sorted(values))) in sent or "logout" in action:
                continue
            sent.add((action, tuple(sorted(values))))
            answer = send(client, action, values)
            if answer not in (200, 302, 303, 400, 403, 409, 422):
                problems.append(f"{shown.address} → {action}: {answer}")
    return len(sent), problems


@pytest.mark.django_db(transaction=True)
def test_every_page_passes_axe_and_fits_and_every_form_answers(new_page, complaints, broker):
    """One test, because the demo takes long to make."""
    call_command("seed_demo", verbosity=0)
    problems = []
    for name, (least_pages, least_forms) in PEOPLE.items():
        client, reached = walk_as(name)
        page = new_page()
        if cookie := client.cookies.get(settings.SESSION_COOKIE_NAME):
            page.goto("/accounts/login/")
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": page.url}])
        problems += reached.problems
        for pages in reached.pages.values():
            problems += look(page, pages[0])
            problems += [f"{pages[0].address}: console: {one}" for one in complaints.said]
            complaints.said.clear()
        sent, refused = send_all(client, reached)
        problems += refused
        if len(reached.pages) < least_pages or sent < least_forms:
            problems.append(f"{name} reached only {sorted(reached.pages)} and sent {sent} forms")
    assert problems == []
