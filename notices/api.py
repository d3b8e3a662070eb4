"""Notices over the API: the pages' nouns, verbs and refusals, each row scoped to the person's districts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from ledger.api import ROW_ID, Pages, answers, given, person, step, within
from mail.models import Delivery
from notices import serializers as shapes
from notices.compose import WRITERS, combine_drafts, edit_draft, first_language, review_text, write_text
from notices.elsewhere import export_recipients, take_report
from notices.feeds import as_file
from notices.issue import approve_notice, ask_for_approval, forecast, issue_notice, render_all
from notices.letters import mark_posted, print_letters
from notices.models import (
    Notice,
    NoticeKind,
    NoticeSection,
    NoticeStatus,
    NoticeText,
    Posting,
    Question,
)
from notices.postings import post_elsewhere, publish_posting, withdraw_posting
from notices.questions import mark_answered
from parties.models import Membership, User


class NoticeViewSet(viewsets.ReadOnlyModelViewSet[Notice]):
    """What families are told: drafts, and notices that were sent."""

    serializer_class = shapes.NoticeSerializer
    queryset = Notice.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Notice]:
        mine = Notice.objects.for_user(self.request.user).select_related("district", "case")
        asked = self.request.query_params.get("status")
        if asked is not None:
            mine = mine.filter(status=asked) if asked in NoticeStatus.values else mine.none()
        return mine.prefetch_related("sections__case", "sections__schools")

    @extend_schema(
        parameters=[OpenApiParameter("status", enum=NoticeStatus.values)],
        responses=answers(shapes.NoticeSerializer(many=True)),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    def _section(self, section: str) -> NoticeSection:
        return get_object_or_404(self.get_object().sections.all(), pk=section)

    def _contract_notice(self) -> Notice:
        notice = self.get_object()
        if notice.kind == NoticeKind.BREACH:
            raise Http404  # the breach desk posts, with a second person
        return notice

    def _shown(self, notice: Notice) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=notice.pk)).data)

    @extend_schema(
        parameters=[within("section")],
        request=shapes.EditSectionSerializer,
        responses=answers(shapes.SectionSerializer),
    )
    @action(detail=True, methods=["patch"], url_path=rf"sections/(?P<section>{ROW_ID})")
    def edit(self, request: Request, pk: str, section: str) -> Response:
        """Change what a draft says about one contract."""
        found = self._section(section)
        edit_draft(found, by=person(request), **given(shapes.EditSectionSerializer, request).changes(found))
        return Response(shapes.SectionSerializer(found).data)

    @extend_schema(
        parameters=[within("section")],
        request=shapes.TextSerializer,
        responses=answers(shapes.TextSerializer, code=201),
    )
    @action(detail=True, methods=["post"], url_path=rf"sections/(?P<section>{ROW_ID})/texts")
    def text(self, request: Request, pk: str, section: str) -> Response:
        """Write one part in one language."""
        found = self._section(section)
        sent = given(shapes.TextSerializer, request).validated_data
        return Response(shapes.TextSerializer(write_text(found, by=person(request), **sent)).data, status=201)

    @extend_schema(parameters=[within("text")], request=None, responses=answers(shapes.TextSerializer))
    @action(detail=True, methods=["post"], url_path=rf"texts/(?P<text>{ROW_ID})/review")
    def review(self, request: Request, pk: str, text: str) -> Response:
        """Say that a translation is right."""
        found = get_object_or_404(NoticeText.objects.filter(section__notice=self.get_object()), pk=text)
        return Response(shapes.TextSerializer(review_text(found, by=person(request))).data)

    @extend_schema(
        parameters=[OpenApiParameter("language", str)],
        responses=answers(shapes.PreviewSerializer),
        filters=False,
    )
    @action(detail=True)
    def preview(self, request: Request, pk: str) -> Response:
        """The message exactly as families of one language get it."""
        notice = self.get_object()
        language = request.query_params.get("language") or first_language(notice.district)
        if language not in notice.district.languages:
            raise ValidationError({"language": _("This is not a language of your public pages.")})
        (made,) = render_all(notice, {language})
        return Response(shapes.PreviewSerializer(made).data)

    @extend_schema(responses=answers(shapes.ForecastSerializer), filters=False)
    @action(detail=True)
    def forecast(self, request: Request, pk: str) -> Response:
        """What issuing now would do, and what still stands in its way."""
        expected = forecast(self.get_object())
        return Response(shapes.ForecastSerializer({**asdict(expected), "people": expected.people}).data)

    @extend_schema(responses=answers(shapes.DeliverySerializer(many=True)), filters=False)
    @action(detail=True)
    def deliveries(self, request: Request, pk: str) -> Response:
        """How far each message is; by reference, without names and addresses."""
        notice = self.get_object()
        rows = Delivery.objects.filter(message=notice.message_id, district=notice.district).order_by("pk")
        pages = Pages()
        shown = pages.paginate_queryset(rows if notice.message_id else rows.none(), request)
        return pages.get_paginated_response(shapes.DeliverySerializer(shown or [], many=True).data)

    @extend_schema(request=None, responses=answers(shapes.NoticeSerializer))
    @action(detail=True, methods=["post"], url_path="ask-approval")
    def ask_approval(self, request: Request, pk: str) -> Response:
        """Ask a second person to approve."""
        notice = self.get_object()
        ask_for_approval(notice, by=person(request))
        return self._shown(notice)

    @extend_schema(request=shapes.ApproveSerializer, responses=answers(shapes.NoticeSerializer))
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve as the second person."""
        notice = self.get_object()
        sent = given(shapes.ApproveSerializer, request).validated_data
        return self._shown(approve_notice(notice, by=person(request), **sent))

    @extend_schema(request=shapes.CombineSerializer, responses=answers(shapes.NoticeSerializer))
    @action(detail=True, methods=["post"])
    def combine(self, request: Request, pk: str) -> Response:
        """Put other drafts, named by number, into this notice."""
        notice = self.get_object()
        wanted = set(given(shapes.CombineSerializer, request).validated_data["others"])
        mine = Notice.objects.for_user(request.user).filter(district=notice.district, number__in=wanted)
        others = list(mine)
        if len(others) != len(wanted):
            raise ValidationError({"others": _("Choose other drafts of this district.")})
        return self._shown(combine_drafts(notice, others=others, by=person(request)))

    @extend_schema(request=None, responses=answers(shapes.NoticeSerializer))
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """Tell the families now. Words cannot be changed after."""
        notice = self._contract_notice()  # the breach desk names the people affected
        return self._shown(issue_notice(notice, by=person(request)))

    @extend_schema(request=shapes.PostSerializer, responses=answers(shapes.PostingSerializer, code=201))
    @action(detail=True, methods=["post"])
    def post(self, request: Request, pk: str) -> Response:
        """Post the notice with the contract's public copy."""
        notice = self._contract_notice()
        sent = given(shapes.PostSerializer, request).validated_data
        posting = publish_posting(notice, by=person(request), **sent)
        return Response(shapes.PostingSerializer(posting).data, status=201)

    @extend_schema(
        request={"multipart/form-data": shapes.PostElsewhereSerializer},
        responses=answers(shapes.PostingSerializer, code=201),
    )
    @action(detail=True, methods=["post"], url_path="post-elsewhere")
    def post_elsewhere(self, request: Request, pk: str) -> Response:
        """It stands on the district's own website: where, since when, and a captured copy."""
        notice = self._contract_notice()
        sent = given(shapes.PostElsewhereSerializer, request).validated_data
        posting = post_elsewhere(notice, by=person(request), **sent)
        return Response(shapes.PostingSerializer(posting).data, status=201)

    @extend_schema(request=None, responses=answers({(200, "application/pdf"): OpenApiTypes.BINARY}))
    @action(detail=True, methods=["post"])
    def letters(self, request: Request, pk: str) -> HttpResponse:
        """The letters that wait to be printed, as one PDF; each then counts as printed."""
        notice = self.get_object()
        made = print_letters(notice, by=person(request))
        return as_file(made, f"letters-{notice.number}.pdf", "application/pdf")

    @extend_schema(request=None, responses=answers(shapes.CountSerializer))
    @action(detail=True, methods=["post"], url_path="letters/posted")
    def letters_posted(self, request: Request, pk: str) -> Response:
        """The printed letters are in the post."""
        return Response({"count": mark_posted(self.get_object(), by=person(request))})

    @extend_schema(responses=answers({(200, "text/csv"): OpenApiTypes.BINARY}), filters=False)
    @action(detail=True)
    def recipients(self, request: Request, pk: str) -> HttpResponse:
        """The frozen list and text for the district's own system (CSV); that it was read is recorded."""
        notice = self.get_object()
        if notice.message_id is None:
            raise Http404
        made = export_recipients(notice, extension="csv", by=person(request))
        return as_file(made, f"recipients-{notice.number}.csv", "text/csv; charset=utf-8")

    @extend_schema(
        request={"multipart/form-data": shapes.ReportSerializer}, responses=answers(shapes.CountSerializer)
    )
    @action(detail=True, methods=["post"], url_path="delivery-report")
    def delivery_report(self, request: Request, pk: str) -> Response:
        """The delivery report of the district's own system; how many lines fitted."""
        notice = self.get_object()
        report = given(shapes.ReportSerializer, request).validated_data["report"]
        return Response({"count": take_report(notice, upload=report, by=person(request))})


class PostingViewSet(viewsets.ReadOnlyModelViewSet[Posting]):
    """What the public sees, version by version."""

    serializer_class = shapes.PostingSerializer
    queryset = Posting.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Posting]:
        return Posting.objects.for_user(self.request.user).select_related("district")

    @extend_schema(request=shapes.WithdrawSerializer, responses=answers(shapes.PostingSerializer))
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take the posting back, because …"""
        posting = self.get_object()
        if posting.kind == NoticeKind.BREACH:
            raise Http404  # at the breach desk, with a second person
        reason = given(shapes.WithdrawSerializer, request).validated_data["reason"]
        return Response(
            self.get_serializer(withdraw_posting(posting, reason=reason, by=person(request))).data
        )


class QuestionViewSet(viewsets.ReadOnlyModelViewSet[Question]):
    """What visitors of the public site asked, for those who write notices; open ones first."""

    serializer_class = shapes.QuestionSerializer
    queryset = Question.objects.none()
    lookup_value_regex = ROW_ID

    def get_queryset(self) -> QuerySet[Question]:
        held = Membership.objects.active_for(self.request.user).filter(role__in=WRITERS)
        asked = Question.objects.filter(district__in=held.values("district")).select_related("district")
        return asked.order_by("answered_at", "-asked_at")

    @step()
    def answered(self, question: Question, *, by: User) -> None:
        """You answered it, outside the portal."""
        mark_answered(question, by=by)


def register(router: BaseRouter) -> None:
    """Add the room's nouns to the portal's API."""
    router.register("notices", NoticeViewSet, basename="notice")
    router.register("questions", QuestionViewSet, basename="question")
    router.register("postings", PostingViewSet, basename="posting")
