"""Steps 3 to 5 and the end: write, a second person, send and post, why it was late, closing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from breaches import closing, response, versions
from breaches.clocks import near_the_limit
from breaches.forms import (
    ApproveForm,
    CloseForm,
    MissedForm,
    NoticeForm,
    PageForm,
    ReasonForm,
    TakeBackForm,
    TranslateForm,
    show_refusal,
)
from breaches.models import Breach, PageUpdate
from breaches.reach import Reach, reach_of, recipients_of
from breaches.roles import second_persons
from breaches.views.scope import about_breach, bound, person, show, taken
from ledger.clock import engine_now
from notices.compose import first_language
from notices.issue import authors_of, render_all
from notices.letters import letters_instead
from notices.models import Notice, NoticeStatus, NoticeText, Posting
from notices.rendering import Rendered
from policy.models import ObligationStatus


@about_breach
def write(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Step 3: five short parts, with a first wording to change."""
    notice = response.current_notice(breach)
    words = _texts(notice) or response.first_words(breach)
    form = bound(request, NoticeForm, initial={**words, **response.public_names(breach, notice)})
    if request.method == "POST" and form.is_valid():
        texts = dict(form.cleaned_data)
        vendor, product = texts.pop("vendor"), texts.pop("product")
        try:
            response.write_notice(breach, texts=texts, vendor=vendor, product=product, by=person(request))
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved. Now read it as families will get it."))
            return redirect("breach:approve", breach.district.slug, breach.case.number)
    return show(
        request, "notice", breach, form, form=form, notice=notice, translations=translations(breach, notice)
    )


def translations(breach: Breach, notice: Notice | None) -> list[tuple[str, str, str]]:
    """Each further language of the public pages: its code, its name, and how far its translation is."""
    found = []
    for code in other_languages(breach):
        texts = (
            NoticeText.objects.filter(section__notice=notice, language=code)
            if notice
            else NoticeText.objects.none()
        )
        checked = texts.exclude(reviewed_at=None).count()
        state = "done" if checked >= len(response.PARTS) else "begun" if texts.exists() else "none"
        found.append((code, name_of(code), state))
    return found


def _texts(notice: Notice | None) -> dict[str, str]:
    if notice is None:
        return {}
    section = notice.sections.first()
    if section is None:
        return {}
    return own_words(notice, first_language(notice.district))


def own_words(notice: Notice, language: str) -> dict[str, str]:
    """The notice's words in this language, by part."""
    rows = NoticeText.objects.filter(section__notice=notice, language=language)
    return dict(rows.values_list("part", "body"))


@about_breach
def translate(request: HttpRequest, breach: Breach, language: str) -> HttpResponse:
    """The notice in one more language; once it was sent, the public page in that language."""
    notice = response.current_notice(breach)
    if notice is None or language not in other_languages(breach):
        return redirect("breach:notice", breach.district.slug, breach.case.number)
    if notice.status == NoticeStatus.ISSUED:
        where = reverse("breach:page", args=[breach.district.slug, breach.case.number])
        return redirect(f"{where}?language={language}")
    form = bound(
        request,
        TranslateForm,
        initial=own_words(notice, language),
        own=own_words(notice, first_language(breach.district)),
        language=language,
    )
    if request.method == "POST" and form.is_valid():
        texts = dict(form.cleaned_data)
        checked = texts.pop("checked")
        try:
            versions.translate_notice(
                breach, language=language, texts=texts, checked=checked, by=person(request)
            )
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            said = _("Saved. Families will read it.") if checked else _("Saved. Families do not see it yet.")
            messages.success(request, said)
            return redirect("breach:notice", breach.district.slug, breach.case.number)
    reviewed = NoticeText.objects.filter(section__notice=notice, language=language, reviewed_at__isnull=False)
    return show(
        request,
        "translate",
        breach,
        form,
        form=form,
        notice=notice,
        name=name_of(language),
        reviewed=reviewed.count(),
    )


@about_breach
def page(request: HttpRequest, breach: Breach) -> HttpResponse:
    """The public page after sending: its versions, new words, and the second person who agrees to them."""
    posting, waiting, by = versions.last_page(breach), versions.waiting_version(breach), person(request)
    if request.method == "POST" and waiting is not None and request.POST.get("form") in ("agree", "refuse"):
        return _decide_version(request, breach, waiting)
    first = first_language(breach.district)
    language = request.GET.get("language", first)
    if language not in (breach.district.languages or ["en"]):
        language = first
    form = None
    if posting is not None:
        form = bound(
            request,
            PageForm,
            "version",
            language=language,
            is_first=language == first,
            own=versions.words_of_page(posting, first),
            initial=versions.words_of_page(posting, language),
        )
        if request.method == "POST" and form.is_valid() and _ask_version(request, breach, form, language):
            return redirect("breach:page", breach.district.slug, breach.case.number)
    back = bound(request, TakeBackForm, "back", prefix="back")
    if taken(request, back, versions.ask_take_back, breach, by=by):
        messages.success(
            request, _("The page is taken back once a second person agrees. They get an e-mail.")
        )
        return redirect("breach:page", breach.district.slug, breach.case.number)
    return show(
        request,
        "page",
        breach,
        *((form,) if form else ()),
        back,
        form=form,
        back=back if posting and not posting.withdrawn else None,
        posting=posting,
        archive=Posting.objects.filter(case=breach.case).select_related("district").order_by("-version"),
        waiting=waiting,
        words=[(part.label, waiting.texts[part]) for part in response.PARTS if part in waiting.texts]
        if waiting
        else [],
        is_author=waiting is not None and waiting.asked_by == by,
        language=language,
        name=name_of(language),
        languages=[(code, name_of(code)) for code in breach.district.languages or ["en"]],
    )


def _ask_version(request: HttpRequest, breach: Breach, form: PageForm, language: str) -> bool:
    said = dict(form.cleaned_data)
    known = {name: said.pop(name) for name in ("what_changed", "alone_because")}
    try:
        asked = versions.ask_new_version(breach, language=language, texts=said, by=person(request), **known)
    except ValidationError as refusal:
        show_refusal(form, refusal)
        return False
    words = (
        _("The new version is public.")
        if asked.agreed_at
        else _("A second person must agree. They get an e-mail.")
    )
    messages.success(request, words)
    return True


def _decide_version(request: HttpRequest, breach: Breach, waiting: PageUpdate) -> HttpResponse:
    agreed = request.POST.get("form") == "agree"
    try:
        (versions.agree_new_version if agreed else versions.refuse_new_version)(waiting, by=person(request))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        done = _("The page is taken back.") if waiting.takes_back else _("The new version is public.")
        messages.success(request, done if agreed else _("The page stays as it is."))
    return redirect("breach:page", breach.district.slug, breach.case.number)


def other_languages(breach: Breach) -> list[str]:
    """The languages of the public pages that the district does not write in itself."""
    return list((breach.district.languages or ["en"])[1:])


def name_of(language: str) -> str:
    """The language's English name, as staff pages are English; an unknown code stays as it is."""
    try:
        return str(get_language_info(language)["name"])
    except KeyError:
        return language


@about_breach
def approve_page(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Step 4: the notice exactly as families get it, and who may approve it."""
    notice = response.current_notice(breach)
    if notice is None:
        return redirect("breach:notice", breach.district.slug, breach.case.number)
    by = person(request)
    wrote = authors_of(notice)
    is_author, seconds = by.pk in wrote, second_persons(breach, first=by, but_not=wrote)
    alone = is_author and (near_the_limit(breach) or not seconds)
    form = bound(request, ApproveForm, "alone")
    if request.method == "POST" and request.POST.get("form") == "ask":
        response.ask_second(breach, by=by)
        messages.success(request, _("Asked. They get an e-mail now; call them too when the time is short."))
        return redirect(breach)
    if request.method == "POST" and request.POST.get("form") == "approve":
        return _approve(request, breach)
    if taken(request, form, response.approve, breach, by=by):
        messages.success(request, _("Approved by one person. The superintendent has been told."))
        return redirect("breach:send", breach.district.slug, breach.case.number)
    return show(
        request,
        "approve",
        breach,
        form,
        form=form,
        notice=notice,
        previews=previews_of(notice),
        asked=response.approval_asked(notice),
        is_author=is_author,
        alone=alone,
        others=seconds,
    )


def previews_of(notice: Notice) -> list[tuple[str, Rendered]]:
    """The message as families get it: the district's own language first, each with its name."""
    rendered = {each.language: each for each in render_all(notice, notice.district.languages or ["en"])}
    return [(name_of(code), rendered[code]) for code in notice.district.languages or ["en"]]


def _approve(request: HttpRequest, breach: Breach) -> HttpResponse:
    try:
        response.approve(breach, by=person(request))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("breach:approve", breach.district.slug, breach.case.number)
    messages.success(request, _("Approved. Now send and post it."))
    return redirect("breach:send", breach.district.slug, breach.case.number)


@about_breach
def send(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Step 5: how many people, by which way; one button sends and posts."""
    notice = response.current_notice(breach)
    if notice is None:
        return redirect("breach:notice", breach.district.slug, breach.case.number)
    problem = ""
    if request.method == "POST":
        try:
            sent = response.send_and_post(breach, by=person(request))
        except ValidationError as refusal:
            problem = " ".join(refusal.messages)
        else:
            words = (
                _("The drill's message is on its way to %(n)s members of staff. Nobody else hears of it.")
                if breach.is_drill
                else ngettext(
                    "The notice is on its way to %(n)s person.",
                    "The notice is on its way to %(n)s people.",
                    sent.recipients,
                )
            )
            messages.success(request, words % {"n": f"{sent.recipients:,}"})
            return redirect(breach)
    reach, stops = _reach(breach)
    languages = [(name_of(code), count) for code, count in reach.languages.items()] if reach else []
    context: dict[str, Any] = {
        "notice": notice,
        "reach": reach,
        "languages": languages,
        "problem": problem or stops,
    }
    page = show(request, "send", breach, **context)
    if problem:
        page.status_code = 422
    return page


@require_POST
@about_breach
def tell_added(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Write to people who were listed after the notice was sent."""
    response.write_to_added(breach, by=person(request))
    said = _("A second notice is begun, with the same words. Read it, then have it approved.")
    messages.success(request, said)
    return redirect("breach:approve", breach.district.slug, breach.case.number)


@about_breach
def by_letter(request: HttpRequest, breach: Breach) -> HttpResponse:
    """The mail is down and the limit is near: print letters for everybody whose e-mail has not left."""
    notice = response.current_notice(breach)
    if notice is None or notice.status != NoticeStatus.ISSUED:
        return redirect(breach)
    form = bound(request, ReasonForm)
    if taken(request, form, letters_instead, notice, by=person(request)):
        messages.success(request, _("Now print the letters and post them today."))
        return redirect("notice:deliveries", breach.district.slug, notice.number)
    title, verb = _("Letters instead of e-mail"), _("Stop waiting and make letters")
    return show(request, "one_form", breach, form, form=form, title=title, verb=verb)


def _reach(breach: Breach) -> tuple[Reach | None, str]:
    if breach.listed_at is None:
        return None, str(_("List the affected people first."))
    today = engine_now().astimezone(breach.district.tz).date()
    try:
        return reach_of(breach, response.without_told(breach, recipients_of(breach, on=today))), ""
    except ValidationError as refusal:
        return None, " ".join(refusal.messages)


@about_breach
def missed(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Why a limit was missed, kept on record."""
    form = bound(request, MissedForm, initial={"because": breach.missed_because})
    if taken(request, form, closing.explain_missed, breach, by=person(request)):
        messages.success(request, _("Written down. It stays on record."))
        return redirect(breach)
    return show(request, "missed", breach, form, form=form)


@about_breach
def close(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Close the breach, or see what is still missing."""
    form = bound(request, CloseForm, initial={"corrective_action": breach.corrective_action})
    if taken(request, form, closing.close_breach, breach, by=person(request)):
        messages.success(request, _("Closed. The evidence packet holds everything."))
        return redirect(breach)
    return show(
        request,
        "close",
        breach,
        form,
        form=form,
        owed=breach.case.obligations.filter(status=ObligationStatus.OPEN).order_by("pk"),
        missing=closing.missing_facts(breach, corrective_action="-"),
    )


@about_breach
def reopen(request: HttpRequest, breach: Breach) -> HttpResponse:
    """Open a closed breach again."""
    form = bound(request, ReasonForm)
    if taken(request, form, closing.reopen_breach, breach, by=person(request)):
        messages.success(request, _("Open again."))
        return redirect(breach)
    title, verb = _("Open this breach again"), _("Open again")
    return show(request, "one_form", breach, form, form=form, title=title, verb=verb)
