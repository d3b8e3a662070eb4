"""Every page of the portal: reached by links, looked at in the browser, its forms sent.

One walk a kind of person: staff with every role, a vendor's person, a visitor. The walk finds one address
for each view without a browser, by links, by the demo's cases and by the states of `states.py`; Chromium
then opens it at 1280 and 390 px, and 320 px for its width. A view that nobody reached fails the test, unless
it stands below with the reason.
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
from tests.browser.states import make_states
from tests.browser.walk import Page, Walk, all_views, try_cases, view_name, walk

pytestmark = pytest.mark.long  # the demo and some 70 pages at three widths: several minutes

NOT_WALKED = {
    "account_confirm_email": "the sign-in library's: a key from an e-mail, and a form with one button",
    "account_confirm_login_code": "the sign-in library's: signing in by a code is off",
    "account_email_verification_sent": "the sign-in library's: only while an address waits for its e-mail",
    "account_inactive": "the sign-in library's: a switched-off account is told so after its password",
    "account_reset_password_done": "the sign-in library's: one sentence after a form that is walked",
    "account_reset_password_from_key": "the sign-in library's: a key from an e-mail",
    "account_reset_password_from_key_done": "the sign-in library's: one sentence after that form",
    "account_set_password": "the sign-in library's: for those who came by Google or Entra and have none",
    "google_callback": "answers Google",
    "google_login": "leads to Google",
    "google_login_by_token": "answers Google",
    "openid_connect_callback": "answers the identity provider",
    "openid_connect_login": "leads to the identity provider",
    "socialaccount_connections": "no provider is set up in the demo; see test_sign_in_elsewhere.py",
    "socialaccount_login_cancelled": "the sign-in library's: after a provider's page was left",
    "socialaccount_login_error": "the sign-in library's: after a provider's failure",
    "socialaccount_signup": "the sign-in library's: closed, as people are invited",
    "mfa_authenticate": "asked in the middle of signing in; walked in test_sign_in_pages.py",
    "mfa_reauthenticate_webauthn": "needs a passkey",
    "contract:cure_decide": "while nobody knows whether a letter arrived; see test_asking.py",
    "healthz": "answers machines; see policy/test_health_views.py",
    "metrics": "answers machines; see policy/test_health_views.py",
    "breach:received": "shown once, right after a report by link",
    "mfa_reauthenticate": "needs an authenticator app",
    "mfa_deactivate_totp": "needs an authenticator app; its page leads back to one that is walked",
    "mfa_view_recovery_codes": "needs an authenticator app",
    "mfa_generate_recovery_codes": "needs an authenticator app",
    "mfa_download_recovery_codes": "needs an authenticator app",
    "mfa_list_webauthn": "needs a passkey",
    "mfa_edit_webauthn": "needs a passkey",
    "mfa_remove_webauthn": "needs a passkey",
}


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


def walk_as(name: str, extra: list[str]) -> tuple[Client, Walk]:
    client = Client()
    district = District.objects.order_by("pk").first()
    if name == "staff":
        client.force_login(staff())
        found = walk(client, ["/", *extra])
        try_cases(client, found, cases_of(district))
        return client, found
    if name == "vendor":
        client.force_login(VendorMember.objects.filter(ended_at=None).first().user)
        return client, walk(client, ["/vendor/", *extra])
    return client, walk(client, [f"/{district.slug}/en/", "/accounts/login/", *extra])


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


def send_all(client: Client, reached: Walk) -> list[str]:
    """Send every form that a person sees, as it is shown; those that did not answer well."""
    problems, sent = [], set()
    for shown in [page for pages in reached.pages.values() for page in pages]:
        for action, values in forms(shown):
            if (action, tuple(sorted(values))) in sent or "logout" in action:
                continue
            sent.add((action, tuple(sorted(values))))
            answer = send(client, action, values)
            reached.answered.add(view_name(action) or action)
            if answer not in (200, 302, 303, 400, 403, 409, 422):
                problems.append(f"{shown.address} → {action}: {answer}")
    return problems


def never_reached(walks: list[Walk]) -> set[str]:
    """Views that no walk opened and no form was sent to."""
    reached = {view for one in walks for view in (*one.pages, *one.answered)}
    return all_views() - reached


@pytest.mark.django_db(transaction=True)
def test_every_page_passes_axe_and_fits_and_every_form_answers(new_page, complaints, broker):
    """One test, because the demo takes long to make."""
    call_command("seed_demo", verbosity=0)
    district = District.objects.get()
    by = staff()
    second = User.objects.get(email="approver@northfield.example")
    with acting_in(district):
        extra = make_states(district, by, second)
    problems, walks = [], []
    for name in ("staff", "vendor", "visitor"):
        client, reached = walk_as(name, extra.get(name, []))
        walks.append(reached)
        page = new_page()
        if cookie := client.cookies.get(settings.SESSION_COOKIE_NAME):
            page.goto("/accounts/login/")
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": page.url}])
        problems += reached.problems
        for pages in reached.pages.values():
            problems += look(page, pages[0])
            problems += [f"{pages[0].address}: console: {one}" for one in complaints.said]
            complaints.said.clear()
        problems += send_all(client, reached)
    assert problems == []
    assert never_reached(walks) == set(NOT_WALKED)
