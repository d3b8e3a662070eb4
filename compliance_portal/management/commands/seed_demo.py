"""`manage.py seed_demo`: a made-up district that looks alive, its clocks relative to now."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from compliance_portal.demo.breach import report_breach
from compliance_portal.demo.contracts import tell_stories
from compliance_portal.demo.people import PASSWORD, cast_demo
from compliance_portal.demo.records import keep_records, take_requests
from ledger.clock import engine_now
from parties.access import acting_in
from parties.models import District
from policy.standing import raise_yearly

DAYS_LIVE = 120
WELCOME = """\
Northfield Public Schools (made up): {contracts} contracts, a breach at hour 31.
Sign in with the password: {password}
  custodian@northfield.example        what is due, contracts, notices, breaches
  approver@northfield.example         the second person
  superintendent@northfield.example   who is told when nobody answers
  administrator@northfield.example    the set-up desk
  vendor@northfield.example           the company's side
Try first: Today, then "ClassClip" (check the terms), the breach's five steps, the yearly drill.
Families see {url}/northfield/ without signing in."""


class Command(BaseCommand):
    help = "Fill an empty one-machine portal with a made-up district of 40 contracts."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "The demo's accounts skip the second factor: they live in one-machine mode only."
            )
        if District.objects.exists():
            self.stdout.write("There is a district already; the demo is left as it is.")
            return
        with transaction.atomic():
            with connection.cursor() as cursor:  # contracts are read meanwhile: a slow machine takes a minute
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            contracts = self._seed()
        self.stdout.write(WELCOME.format(contracts=contracts, password=PASSWORD, url=settings.PORTAL_URL))

    def _seed(self) -> int:
        now = engine_now()
        district = District.objects.create(
            name="Northfield Public Schools",
            slug="northfield",
            state="CT",
            zone="America/New_York",
            languages=["en", "es", "pt-br", "ar", "zh-hans", "pl", "ht"],
            go_live_on=now.date().fromordinal(now.date().toordinal() - DAYS_LIVE),
            contact_name="Records office",
            contact_email="privacy@northfield.example",
            contact_phone="860-555-0100",
            postal_address="1 School Street\nNorthfield, CT 06000",
        )
        with acting_in(district):
            cast = cast_demo(district, now=now)
            contracts = tell_stories(cast, now=now)
            report_breach(cast, contracts, now=now)
            keep_records(cast, contracts, now=now)
            take_requests(cast, contracts, now=now)
            raise_yearly(district)  # the sweep would within the hour; a visitor practises the drill now
        return len(contracts)
