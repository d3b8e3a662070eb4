"""The demo's district: schools, people, roles, laws it follows, confirmed holidays, mail."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from compliance_portal.setup_desk.mail_route import send_test
from ledger.entries import record
from mail.models import Route
from parties.models import District, Membership, Role, School, User
from policy.adoptions import adopt_pack, set_parameter
from policy.calendars import calendar_of, confirm_year, holidays_of
from policy.models import Adoption
from policy.packs import ParameterRule, load
from roster.models import Enrollment, Guardian, Guardianship, Student

PASSWORD: Final = "maple river paper lantern"  # noqa: S105 (the demo's, printed at start)
SCHOOLS: Final = ("Hill Elementary", "Oak Elementary", "Lakeside Middle", "Northfield High")
PACKS: Final = ("ct-3520.13", "ct-stonington-electronic-records")
PEOPLE: Final = (
    ("custodian", "Jordan Rivera", Role.CUSTODIAN),
    ("approver", "Sam Adeyemi", Role.APPROVER),
    ("superintendent", "Lee Chen", Role.SUPERINTENDENT),
    ("counsel", "Robin Okafor", Role.COUNSEL),
    ("administrator", "Alex Novak", Role.ADMINISTRATOR),
    ("viewer", "Kim Berg", Role.VIEWER),
)
GIVEN: Final = (
    "Ada", "Ben", "Cleo", "Dev", "Emi", "Finn", "Gia", "Hugo", "Ines", "Jon",
    "Kai", "Lia", "Milo", "Nia", "Omar", "Pia", "Quin", "Rosa", "Sol", "Tess",
)  # fmt: skip
FAMILY: Final = (
    "Ashdown", "Birchall", "Corvin", "Dunmere", "Elwick", "Farrow",
    "Glenn", "Hartsel", "Ivory", "Juniper", "Kestrel", "Larkin",
)  # fmt: skip
FAMILIES: Final = 48


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in the demo."""

    district: District
    custodian: User
    approver: User
    superintendent: User
    counsel: User
    administrator: User
    vendor_person: User
    schools: tuple[School, ...]


def account(name: str, person: str) -> User:
    return User.objects.create_user(f"{name}@northfield.example", PASSWORD, name=person, is_demo=True)


def cast_demo(district: District, *, now: datetime) -> Cast:
    """Fill an empty district with people, roles, packs, holidays, a mail route and families."""
    users = {name: account(name, person) for name, person, _role in PEOPLE}
    for name, _person, role in PEOPLE:
        Membership.objects.create(user=users[name], district=district, role=role)
    custodian = Membership.objects.get(user=users["custodian"])
    custodian.deputy, custodian.on_call_from = users["approver"], now - timedelta(days=30)
    custodian.save()
    schools = tuple(School.objects.create(district=district, name=name) for name in SCHOOLS)
    route = Route.objects.create(
        district=district,
        sender="privacy@northfield.example",
        sender_name="Northfield Public Schools",
        a_second=10,
    )
    send_test(route, by=users["administrator"])
    follow_policies(district, now=now, by=users["administrator"])
    enroll_families(district, schools, now=now)
    record("district-opened", by=users["administrator"], district=district)
    return Cast(
        district=district,
        custodian=users["custodian"],
        approver=users["approver"],
        superintendent=users["superintendent"],
        counsel=users["counsel"],
        administrator=users["administrator"],
        vendor_person=account("vendor", "Morgan Vale"),
        schools=schools,
    )


def follow_policies(district: District, *, now: datetime, by: User) -> None:
    """Adopt the packs, choose each usual value openly, confirm the holidays of three years."""
    today = now.astimezone(district.tz).date()
    assert district.go_live_on is not None
    for ref in PACKS:
        adopt_pack(district=district, pack=load(ref).ref, since=district.go_live_on, by=by)
    for adoption in Adoption.objects.filter(district=district, until=None):
        for rule in load(adoption.pack).parameters:
            if value := usual(rule):
                set_parameter(district=district, pack=adoption.pack, name=rule.name, value=value, by=by)
    calendar = calendar_of(district)
    for year in (today.year - 1, today.year, today.year + 1):
        if listed := holidays_of(calendar, year):
            confirm_year(district=district, calendar=calendar, year=year, holidays=listed, by=by)


def usual(rule: ParameterRule) -> Any:
    """What the demo's district chose: the usual value, or the first of the list."""
    if rule.default is not None or not rule.choices:
        return rule.default
    return rule.choices[0] if rule.unit == "choice" else rule.choices[:2]


def enroll_families(district: District, schools: tuple[School, ...], *, now: datetime) -> None:
    """Made-up students with one or two guardians each; a few have no e-mail, a few read other languages."""
    chance = random.Random(20261121)  # noqa: S311 (the same families at every start)
    for number in range(FAMILIES):
        family = FAMILY[number % len(FAMILY)]
        student = Student.objects.create(
            district=district,
            sourced_id=f"s{number}",
            given_name=GIVEN[number % len(GIVEN)],
            family_name=family,
            grade=str(number % 12 + 1),
            added_at=now,
        )
        Enrollment.objects.create(district=district, student=student, school=schools[number % len(schools)])
        for place in range(chance.choice((1, 1, 2))):
            has_email = chance.random() > 0.08
            guardian = Guardian.objects.create(
                district=district,
                sourced_id=f"g{number}-{place}",
                given_name=chance.choice(GIVEN),
                family_name=family,
                email=f"family{number}-{place}@families.example" if has_email else "",
                postal_address=f"{number + 1} Maple Road\nNorthfield, CT 06000",
                language=chance.choice(("en", "en", "en", "es", "pt-br", "ar")),
                added_at=now,
            )
            Guardianship.objects.create(
                district=district, student=student, guardian=guardian, relationship="parent", began_at=now
            )
