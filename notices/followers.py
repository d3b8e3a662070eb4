"""People who asked for an e-mail when the district posts: asked twice, told how to stop every time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from ledger.clock import engine_now
from mail.outbox import Recipient, Text, send
from notices.facts import words_of
from notices.models import Follower, Posting
from notices.rendering import as_text, one_line, public_address
from parties.models import District, User

CONFIRM_WITHIN: Final = timedelta(hours=48)
QUESTIONS_AN_HOUR: Final = 200  # of one district, to addresses that have not said yes
ASK_AGAIN_AFTER: Final = timedelta(minutes=15)
SALT_CONFIRM: Final = "notices.follow.confirm"
SALT_STOP: Final = "notices.follow.stop"


def ask_to_follow(district: District, *, email: str, language: str, number: str = "") -> None:
    """Send the question "do you want this?" to an address. Nothing else is sent before the answer.

    The same answer is given whether or not the address is known; asked again within 15 minutes, or when too
    many strangers were asked this hour, nothing is sent: families' notices go by the same relay.
    Effects: a Follower (unconfirmed), one message.
    """
    now = engine_now()
    strangers = Follower.objects.filter(district=district, confirmed_at=None)
    if strangers.filter(asked_at__gt=now - timedelta(hours=1)).count() >= QUESTIONS_AN_HOUR:
        return
    with transaction.atomic():
        Follower.objects.bulk_create(
            [Follower(district=district, email=email.lower(), language=language, number=number)],
            ignore_conflicts=True,
        )
        follower = Follower.objects.select_for_update().get(
            district=district, email__iexact=email, number=number, ended_at=None
        )
        if follower.confirmed_at or (follower.asked_at and now - follower.asked_at < ASK_AGAIN_AFTER):
            return
        follower.asked_at, follower.language = now, language
        follower.save()
        _send_question(follower)


def confirm_following(district: District, *, token: str) -> Follower | None:
    """The answer yes, from the link in the message, within 48 hours. None when the link is of no use."""
    try:
        uuid = signing.loads(token, salt=SALT_CONFIRM, max_age=CONFIRM_WITHIN)
    except signing.BadSignature:
        return None
    with transaction.atomic():
        found = (
            Follower.objects.select_for_update().filter(district=district, uuid=uuid, ended_at=None).first()
        )
        if found is not None and found.confirmed_at is None:
            found.confirmed_at = engine_now()
            found.save()
    return found


def stop_following(district: District, *, token: str) -> bool:
    """No more e-mails; the link never expires. Returns whether it was a link of ours."""
    try:
        uuid = signing.loads(token, salt=SALT_STOP)
    except signing.BadSignature:
        return False
    Follower.objects.filter(district=district, uuid=uuid, ended_at=None).update(ended_at=engine_now())
    return True


def tell_followers(posting: Posting, *, by: User) -> int:
    """Tell everybody who asked that this was posted; the caller holds the transaction.

    Effects: one message with a delivery and a way to stop for each follower. Returns how many.
    """
    wanted = Follower.objects.filter(
        district=posting.district, ended_at=None, confirmed_at__isnull=False, number__in=["", posting.number]
    ).order_by("pk")
    once = {follower.email.lower(): follower for follower in wanted}
    for follower in once.values():
        _send_news(follower, posting, by)
    return len(once)


def stop_address(follower: Follower) -> str:
    return _address(follower, "public:stop", signing.dumps(str(follower.uuid), salt=SALT_STOP))


def _address(follower: Follower, name: str, token: str) -> str:
    where = {"district": follower.district.slug, "language": follower.language, "token": token}
    return f"{settings.PORTAL_URL}{reverse(name, kwargs=where)}"


def _send_question(follower: Follower) -> None:
    token = signing.dumps(str(follower.uuid), salt=SALT_CONFIRM)
    with override(follower.language):
        context = {"district": follower.district, "address": _address(follower, "public:confirm", token)}
        subject = one_line(_("Do you want e-mails from %(district)s?") % {"district": follower.district.name})
        _send(
            follower, "follow-question", subject, render_to_string("notices/mail/question.txt", context), None
        )


def _send_news(follower: Follower, posting: Posting, by: User) -> None:
    words, stop = words_of(posting.facts, follower.language), stop_address(follower)
    with override(follower.language):
        context = {
            "words": words,
            "posting": posting,
            "address": public_address(posting.district, posting.number, follower.language),
            "stop": stop,
        }
        plain = as_text(render_to_string("notices/mail/news.txt", context))
    _send(follower, "posting-news", one_line(words.title), plain, by, stop=stop)


def _send(
    follower: Follower, kind: str, subject: str, plain: str, by: User | None, *, stop: str = ""
) -> None:
    send(
        kind=kind,
        district=follower.district,
        case=None,
        texts=[Text(language=follower.language, subject=subject, plain=plain)],
        recipients=[Recipient(ref=follower.ref, name="", address=follower.email, language=follower.language)],
        by=by,
        stop_address=stop,
    )
