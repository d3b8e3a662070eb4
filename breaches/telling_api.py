"""Telling families over the API: the notice, its translations, who approves, the public page's versions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from breaches import response, versions
from breaches import telling_serializers as shapes
from breaches.desk_serializers import WhySerializer
from breaches.models import Breach, PageUpdate
from breaches.roles import require_desk
from ledger.api import answers, person, step
from ledger.entries import Conflict
from notices.letters import letters_instead
from notices.models import NoticeStatus
from parties.models import User


class TellingSteps(viewsets.GenericViewSet[Breach]):
    """Mix into the view of breaches."""

    @step(shapes.NoticeWordsSerializer, method="put")
    def notice(self, breach: Breach, *, vendor: str, product: str, by: User, **texts: str) -> None:
        """Write the notice's five parts; a notice that was approved has to be approved again."""
        response.write_notice(breach, texts=texts, vendor=vendor, product=product, by=by)

    @step(shapes.TranslationSerializer, at="notice/translation", method="put")
    def translation(self, breach: Breach, *, language: str, checked: bool, by: User, **texts: str) -> None:
        """Write the notice in one more language; families read it once somebody has checked it."""
        versions.translate_notice(breach, language=language, texts=texts, checked=checked, by=by)

    @step()
    def ask_second(self, breach: Breach, *, by: User) -> None:
        """Ask a second person to approve the notice."""
        response.ask_second(breach, by=by)

    @step(shapes.ApproveBreachNoticeSerializer)
    def approve(self, breach: Breach, **said: Any) -> None:
        """Approve as the second person, or alone where that is allowed, with the reason."""
        response.approve(breach, **said)

    @step(shows=shapes.SentSerializer, code=200)
    def send(self, breach: Breach, *, by: User) -> dict[str, Any]:
        """Send the approved notice to everybody affected, and post it."""
        sent = response.send_and_post(breach, by=by)
        posted = sent.posting.version if sent.posting else None
        return {"notice": sent.notice.number, "recipients": sent.recipients, "posting": posted}

    @step()
    def tell_added(self, breach: Breach, *, by: User) -> None:
        """Begin a second notice to people who were listed after the first was sent; approve and send it."""
        response.write_to_added(breach, by=by)

    @step(WhySerializer, shows=shapes.LettersSerializer, code=200)
    def letters_instead(self, breach: Breach, *, reason: str, by: User) -> dict[str, int]:
        """The mail is down and the limit is near: a letter for everybody whose e-mail has not left."""
        notice = response.current_notice(breach)
        if notice is None or notice.status != NoticeStatus.ISSUED:
            raise Conflict(_("This notice was not sent yet."))
        return {"letters": letters_instead(notice, reason=reason, by=by)}

    @extend_schema(responses=answers(shapes.PageSerializer))
    @action(detail=True)
    def page(self, request: Request, pk: str) -> Response:
        """The public page: its version and words by part and language, and the version that waits."""
        breach: Breach = self.get_object()
        require_desk(person(request), breach.district)
        posting, waiting = versions.page_of(breach), versions.waiting_version(breach)
        shown = {
            "version": posting.version if posting else None,
            "texts": posting.facts["sections"][0]["texts"] if posting else {},
            "waiting": waiting,
        }
        return Response(shapes.PageSerializer(shown).data)

    @step(shapes.NewVersionSerializer, at="page/versions", shows=shapes.PageUpdateSerializer)
    def new_version(
        self, breach: Breach, *, language: str, what_changed: str, alone_because: str, by: User, **texts: str
    ) -> PageUpdate:
        """Ask for a new version of the public page; a second person agrees before it changes."""
        return versions.ask_new_version(
            breach,
            language=language,
            texts=texts,
            what_changed=what_changed,
            alone_because=alone_because,
            by=by,
        )

    @step(shapes.TakeBackSerializer, at="page/take-back", shows=shapes.PageUpdateSerializer)
    def take_back(self, breach: Breach, *, reason: str, alone_because: str, by: User) -> PageUpdate:
        """Ask to take the public page back; a second person agrees before it goes."""
        return versions.ask_take_back(breach, reason=reason, alone_because=alone_because, by=by)

    @step(at="page/versions/{version}/agree", row="page_updates", shows=shapes.PageUpdateSerializer)
    def agree_version(self, update: PageUpdate, *, by: User) -> PageUpdate:
        """Agree, as the second person: the new version is public at once."""
        return versions.agree_new_version(update, by=by)

    @step(at="page/versions/{version}/refuse", row="page_updates", shows=shapes.PageUpdateSerializer)
    def refuse_version(self, update: PageUpdate, *, by: User) -> PageUpdate:
        """Do not agree, or take it back: the page stays as it is."""
        return versions.refuse_new_version(update, by=by)
