"""How fast a district's mail may leave: a bucket in PostgreSQL, shared by all workers, and the forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.clock import engine_now
from mail.models import Delivery, DeliveryStatus, Route
from parties.models import District

BURST_SECONDS = 5  # a bucket that was left alone holds this much

TAKE = """
WITH now AS (SELECT engine_now() AS t),
full_bucket AS (
    SELECT r.id, least(
        greatest(r.a_second * %(burst)s, 1),
        r.bucket + r.a_second * greatest(0, coalesce(extract(epoch FROM now.t - r.bucket_at), 1e9))
    ) AS level
    FROM mail_route AS r, now WHERE r.district_id = %(district)s FOR UPDATE OF r
)
UPDATE mail_route AS r
SET bucket = f.level - least(floor(f.level), %(wanted)s), bucket_at = now.t
FROM full_bucket AS f, now WHERE r.id = f.id
RETURNING least(floor(f.level), %(wanted)s)::integer
"""


def take_from_bucket(district: int | None, *, wanted: int) -> int:
    """How many of `wanted` messages may leave now; they count as gone. No route, no limit.

    The level grows by `a_second` each second, at most to five seconds' worth. When the clock goes back the
    bucket waits.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"burst": BURST_SECONDS, "district": district, "wanted": wanted})
        row = cursor.fetchone()
    return wanted if row is None else int(row[0])


@dataclass(frozen=True, slots=True)
class Forecast:
    """What to show before a mass sending."""

    messages: int
    a_second: float
    takes: timedelta
    done_at: datetime

    def is_late_for(self, due_at: datetime) -> bool:
        return self.done_at >= due_at

    @property
    def sentence(self) -> str:
        """For example: about 2 h 20 min at 14 a second."""
        if self.takes < timedelta(seconds=30):
            return _("less than a minute at %(rate)g a second") % {"rate": self.a_second}
        return _("about %(span)s at %(rate)g a second") % {
            "span": plain_span(self.takes),
            "rate": self.a_second,
        }


def forecast(*, district: District, messages: int) -> Forecast:
    """When so many more messages would have left, behind those that already wait. Reads only."""
    route = Route.objects.filter(district=district).first()
    a_second = route.a_second if route and route.a_second > 0 else 10.0
    waiting = Delivery.objects.filter(district=district, status=DeliveryStatus.PENDING).count()
    takes = timedelta(seconds=(waiting + messages) / a_second)
    return Forecast(messages=messages, a_second=a_second, takes=takes, done_at=engine_now() + takes)


def plain_span(span: timedelta) -> str:
    """A span in words of one size: less than a minute, 3 minutes, 2 h 20 min."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
