"""Staff pages of notices: the list, the composer with its preview, and the acts. Rules stand in the verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ledger.entries import Conflict
from notices.compose import can_be_corrected, combine_drafts, edit_draft, review_text, write_text
from notices.copies import lacking_copies, newest_copies, papers_in
from notices.duties import cases_of, notice_duties, posting_duties
from notices.forms import (
    ApproveForm,
    ElsewhereForm,
    PostForm,
    ReasonForm,
    SectionForm,
    TextForm,
    show_refusal,
)
from notices.issue import (
    approve_notice,
    ask_for_approval,
    forecast,
    issue_notice,
    needs_approval,
    render_all,
)
from notices.models import Notice, NoticeKind, NoticeSection, NoticeStatus, NoticeText, Posting, Question
from notices.postings import post_elsewhere, publish_posting, withdraw_posting
from parties.access import districts_of
from parties.models import District, User

A_PAGE = 25


def who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def find_district(request: HttpRequest, slug: str) -> District:
    """The district, when the person holds a role in it; anything else is not found."""
    return get_object_or_404(districts_of(request.user), slug=slug)


def find_notice(request: HttpRequest, slug: str, number: str) -> Notice:
    notices = Notice.objects.for_user(request.user).select_related("district", "case", "drafted_by")
    return get_object_or_404(notices, district__slug=slug, number=number)


def find_contract_notice(request: HttpRequest, slug: str, number: str) -> Notice:
    """A notice that is posted here; a breach is posted at its own desk, by two persons."""
    notice = find_notice(request, slug, number)
    if notice.kind == NoticeKind.BREACH:
        raise Http404
    return notice


def find_section(request: HttpRequest, slug: str, number: str, pk: int) -> NoticeSection:
    return get_object_or_404(find_notice(request, slug, number).sections.all(), pk=pk)


@require_safe
def notice_list(request: HttpRequest, district: str) -> HttpResponse:
    here = find_district(request, district)
    mine = Notice.objects.for_user(request.user).filter(district=here)
    notices = mine.exclude(status__in=(NoticeStatus.COMBINED, NoticeStatus.ASIDE))
    page = Paginator(notices.prefetch_related("sections"), A_PAGE).get_page(request.GET.get("page"))
    open_questions = Question.objects.filter(district=here, answered_at=None).count()
    context = {"district": here, "page_obj": page, "open_questions": open_questions}
    return render(request, "notices/list.html", context)


@require_safe
def detail(request: HttpRequest, district: str, number: str) -> HttpResponse:
    return show_notice(request, find_notice(request, district, number))


def show_notice(
    request: HttpRequest, notice: Notice, *, bound: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The composer: what the notice says, beside exactly what families will see."""
    language = chosen_language(request, notice)
    (preview,) = render_all(notice, {language})
    cases, papers = cases_of(notice), papers_in(notice)
    copies, owed = newest_copies(papers), posting_duties(cases)
    sections = list(notice.sections.prefetch_related("schools", "texts"))
    is_open = notice.status in (NoticeStatus.DRAFT, NoticeStatus.APPROVED)
    bound = bound or {}
    context = {
        "district": notice.district,
        "notice": notice,
        "sections": [
            (
                section,
                bound.get(f"section{section.pk}") or SectionForm(section=section),
                bound.get(f"text{section.pk}") or TextForm(section=section),
            )
            for section in sections
        ],
        "preview": preview,
        "languages": preview_languages(notice, language),
        "is_open": is_open,
        "can_be_corrected": can_be_corrected(notice),
        "needs_approval": is_open and needs_approval(notice),
        "approve_form": bound.get("approve") or ApproveForm(),
        "forecast": forecast(notice) if is_open and notice.kind == NoticeKind.CONTRACT else None,
        "duties": notice_duties(cases) + owed,
        "postings": list(notice.postings.all()),
        "withheld": notice.postings.filter(is_current=True, files__withheld_at__isnull=False).exists(),
        "copies": copies,
        "lacking": lacking_copies(papers, copies),
        "is_owed_again": any(duty.trigger_ref.startswith("posting:") and not duty.claims for duty in owed),
        "post_form": bound.get("post") or PostForm(),
        "elsewhere_form": bound.get("elsewhere") or ElsewhereForm(),
        "withdraw_form": bound.get("withdraw") or ReasonForm(),
        "others": other_drafts(request, notice) if is_open else [],
    }
    return render(request, "notices/detail.html", context, status=status)


def chosen_language(request: HttpRequest, notice: Notice) -> str:
    languages = notice.district.languages or ["en"]
    asked = request.GET.get("language", "")
    return asked if asked in languages else languages[0]


def preview_languages(notice: Notice, current: str) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name": get_language_info(code)["name_local"],
            "url": f"{notice.get_absolute_url()}?language={code}#preview",
            "current": code == current,
            "dir": "rtl" if get_language_info(code)["bidi"] else "ltr",
        }
        for code in notice.district.languages or ["en"]
    ]


def other_drafts(request: HttpRequest, notice: Notice) -> list[Notice]:
    """Drafts that could go out in the same message."""
    if notice.kind != NoticeKind.CONTRACT:
        return []
    drafts = Notice.objects.for_user(request.user).filter(
        district=notice.district, kind=notice.kind, status=NoticeStatus.DRAFT
    )
    return list(drafts.exclude(pk=notice.pk).prefetch_related("sections")[:20])


def act(request: HttpRequest, notice: Notice, verb: Callable[[], Any], said: str) -> HttpResponse:
    """Do one act and say so, or say why not; nothing is half done."""
    try:
        verb()
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
        return show_notice(request, notice, status=422)
    except Conflict as error:
        messages.error(request, str(error))
        return show_notice(request, notice, status=409)
    messages.success(request, said)
    return redirect(notice)


@require_POST
def edit_section(request: HttpRequest, district: str, number: str, pk: int) -> HttpResponse:
    section = find_section(request, district, number, pk)
    form = SectionForm(request.POST, section=section)
    if form.is_valid():
        try:
            edit_draft(section, by=who(request), **form.changes())
        except ValidationError as error:
            show_refusal(form, error)
        except Conflict as error:
            form.add_error(None, str(error))
    if form.errors:
        return show_notice(request, section.notice, bound={f"section{pk}": form}, status=422)
    messages.success(request, _saved(section.notice, _("Saved. The preview shows what families will read.")))
    return redirect(section.notice)


@require_POST
def add_text(request: HttpRequest, district: str, number: str, pk: int) -> HttpResponse:
    section = find_section(request, district, number, pk)
    form = TextForm(request.POST, section=section)
    if form.is_valid():
        try:
            write_text(section, by=who(request), **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        except Conflict as error:
            form.add_error(None, str(error))
    if form.errors:
        return show_notice(request, section.notice, bound={f"text{pk}": form}, status=422)
    messages.success(
        request, _saved(section.notice, _("Saved. Families see it once somebody has reviewed it."))
    )
    return redirect(section.notice)


def _saved(notice: Notice, words: str) -> str:
    """What was kept, and that a page that is public already stays as it is until it is posted again."""
    return f"{words} {_('Now post a new version.')}" if can_be_corrected(notice) else words


@require_POST
def review(request: HttpRequest, district: str, number: str, pk: int) -> HttpResponse:
    notice = find_notice(request, district, number)
    text = get_object_or_404(NoticeText, pk=pk, section__notice=notice)
    return act(
        request, notice, lambda: review_text(text, by=who(request)), _("Reviewed: families will see it.")
    )


@require_POST
def ask_approval(request: HttpRequest, district: str, number: str) -> HttpResponse:
    notice = find_notice(request, district, number)
    return act(
        request, notice, lambda: ask_for_approval(notice, by=who(request)), _("A second person is asked.")
    )


@require_POST
def approve(request: HttpRequest, district: str, number: str) -> HttpResponse:
    notice = find_notice(request, district, number)
    reason = request.POST.get("alone_because", "")[:300]
    return act(
        request,
        notice,
        lambda: approve_notice(notice, by=who(request), alone_because=reason),
        _("Approved. It can be sent now."),
    )


@require_POST
def combine(request: HttpRequest, district: str, number: str) -> HttpResponse:
    notice = find_notice(request, district, number)
    chosen = set(request.POST.getlist("others"))
    others = [draft for draft in other_drafts(request, notice) if draft.number in chosen]
    if not others:
        messages.error(request, _("Choose at least one other draft."))
        return show_notice(request, notice, status=422)
    return act(
        request,
        notice,
        lambda: combine_drafts(notice, others=others, by=who(request)),
        _("One message a family now tells about all of them."),
    )


@require_safe
def confirm_issue(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """The last look: the exact words, how many people, and that words cannot be changed after."""
    notice = find_notice(request, district, number)
    if notice.status not in (NoticeStatus.DRAFT, NoticeStatus.APPROVED):
        return redirect(notice)
    language = chosen_language(request, notice)
    (preview,) = render_all(notice, {language})
    context = {
        "district": notice.district,
        "notice": notice,
        "preview": preview,
        "forecast": forecast(notice),
        "languages": preview_languages(notice, language),
    }
    return render(request, "notices/confirm_issue.html", context)


@require_POST
def issue(request: HttpRequest, district: str, number: str) -> HttpResponse:
    notice = find_contract_notice(request, district, number)  # the breach desk names the people affected
    return act(
        request,
        notice,
        lambda: issue_notice(notice, by=who(request)),
        _("The messages are on their way. This page shows how far they are."),
    )


@require_POST
def post(request: HttpRequest, district: str, number: str) -> HttpResponse:
    notice = find_contract_notice(request, district, number)
    form = PostForm(request.POST)
    if form.is_valid():
        try:
            publish_posting(notice, by=who(request), what_changed=form.cleaned_data["what_changed"])
        except ValidationError as error:
            show_refusal(form, error)
    if form.errors:
        return show_notice(request, notice, bound={"post": form}, status=422)
    messages.success(request, _("Posted on the public site."))
    return redirect(notice)


@require_POST
def elsewhere(request: HttpRequest, district: str, number: str) -> HttpResponse:
    notice = find_contract_notice(request, district, number)
    form = ElsewhereForm(request.POST, request.FILES)
    if form.is_valid():
        at = form.cleaned_data["posted_at"].replace(tzinfo=notice.district.tz)
        try:
            post_elsewhere(
                notice,
                address=form.cleaned_data["address"],
                posted_at=at,
                capture=form.cleaned_data["capture"],
                by=who(request),
            )
        except ValidationError as error:
            show_refusal(form, error)
        except Conflict as error:
            form.add_error(None, str(error))
    if form.errors:
        return show_notice(request, notice, bound={"elsewhere": form}, status=422)
    messages.success(
        request, _("Recorded, with the copy as proof. It counts once a second person confirms it.")
    )
    return redirect(notice)


@require_POST
def withdraw(request: HttpRequest, district: str, number: str) -> HttpResponse:
    notice = find_contract_notice(request, district, number)
    posting = get_object_or_404(Posting.objects.for_user(request.user), notice=notice, is_current=True)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show_notice(request, notice, bound={"withdraw": form}, status=422)
    return act(
        request,
        notice,
        lambda: withdraw_posting(posting, reason=form.cleaned_data["reason"], by=who(request)),
        _("The public page now says that it was taken back, and why. If it must be public, it is owed anew."),
    )


@require_safe
def message(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """The message as plain text and as a page, exactly as it leaves."""
    notice = find_notice(request, district, number)
    language = chosen_language(request, notice)
    (preview,) = render_all(notice, {language})
    context = {
        "district": notice.district,
        "notice": notice,
        "preview": preview,
        "languages": [
            {**each, "url": f"?language={each['code']}"} for each in preview_languages(notice, language)
        ],
    }
    return render(request, "notices/message.html", context)
