"""New words after the notice was sent: the next version of the public page, and its translations.

What was sent to families stays as it was sent. Nothing changes in public before a second person agrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from breaches.calls import tell_staff
from breaches.models import Breach, PageUpdate
from breaches.public_words import public_words_problems
from breaches.response import PARTS, current_notice
from breaches.roles import require_desk, second_persons
from ledger.clock import engine_now
from ledger.entries import Conflict, record
from notices.compose import first_language, review_text, write_text
from notices.models import Notice, NoticeStatus, Posting
from notices.plain import unprintable
from notices.postings import Texts, publish_posting, withdraw_posting
from parties.models import User
from policy.two_persons import others

LONGEST = 4000


def translate_notice(
    breach: Breach, *, language: str, texts: Mapping[str, str], checked: bool, by: User
) -> Notice:
    """Write the notice in one more language before it is sent; parts may stay empty.

    Families read a part only once somebody who knows both languages has checked it; until then they read the
    district's own words and where to get an interpreter. The 48 hours never wait for this. A notice that was
    approved goes back to draft when words change. Effects: texts, reviews, Entries. Raises ValidationError by
    part, Conflict when it was already sent.
    """
    require_desk(by, breach.district)
    notice = current_notice(breach)
    if notice is None:
        raise ValidationError(_("Write the notice first."))
    check_language(breach, language)
    if language == first_language(breach.district):
        raise ValidationError({"language": _("This is the language you wrote it in.")})
    said = {str(part): texts.get(part, "").strip() for part in PARTS if texts.get(part, "").strip()}
    if wrong := public_words_problems(breach, said, language=language):
        raise ValidationError(wrong)
    with transaction.atomic():
        section = notice.sections.get()
        known = {text.part: text for text in section.texts.filter(language=language)}
        for part, body in said.items():
            text = known.get(part)
            if text is None or text.body != body:
                text = write_text(section, part=part, language=language, body=body, by=by)
            if checked and text.reviewed_at is None:
                review_text(text, by=by)
    notice.refresh_from_db()
    return notice


def page_of(breach: Breach) -> Posting | None:
    """The newest version of the breach's public page; None while nothing is posted, or it was taken back."""
    found = Posting.objects.filter(case=breach.case, is_current=True, withdrawn_at=None)
    return found.order_by("-pk").first()


def last_page(breach: Breach) -> Posting | None:
    """The version that a new one follows: the public one, or one that the desk took back."""
    found = Posting.objects.filter(case=breach.case, is_current=True).order_by("-pk").first()
    if found is None or not found.withdrawn:
        return found
    taken = breach.page_updates.filter(takes_back=True, version=found.version).exclude(agreed_at=None)
    return found if taken.exists() else None


def words_of_page(posting: Posting, language: str) -> dict[str, str]:
    """The page's words in this language, by part; parts without any are left out."""
    texts: Texts = posting.facts["sections"][0]["texts"]
    return {part: bodies[language] for part, bodies in texts.items() if language in bodies}


def ask_new_version(
    breach: Breach,
    *,
    language: str,
    texts: Mapping[str, str],
    what_changed: str,
    by: User,
    alone_because: str = "",
) -> PageUpdate:
    """Ask for a new version of the public page: other words, or the same ones in one more language.

    A second person agrees before anything changes in public; where nobody else is there, one may decide with
    a typed reason. Effects: PageUpdate, a message to the second persons, Entry. Raises ValidationError by
    field, Conflict when another change waits or nothing is posted.
    """
    require_desk(by, breach.district)
    posting = _require_page(breach)
    check_language(breach, language)
    said = _checked_words(breach, posting, language, texts, what_changed)
    return _ask(breach, by, alone_because, language=language, texts=said, what_changed=what_changed.strip())


def ask_take_back(breach: Breach, *, reason: str, by: User, alone_because: str = "") -> PageUpdate:
    """Ask to take the public page back with all its versions: its address stays and says why.

    A second person agrees first, as for a new version; posting is owed anew then, and a new version may
    follow. Effects: as `ask_new_version`. Raises ValidationError by field, Conflict.
    """
    require_desk(by, breach.district)
    if page_of(breach) is None:
        raise Conflict(_("Nothing about this breach is posted."))
    language = first_language(breach.district)
    wrong = unprintable({"reason": reason}) | public_words_problems(
        breach, {"reason": reason}, language=language
    )
    if not reason.strip():
        wrong["reason"] = _("Say why. Families will read it.")
    elif len(reason) > 300:
        wrong["reason"] = _("Use at most 300 letters.")
    if wrong:
        raise ValidationError(wrong)
    return _ask(breach, by, alone_because, language=language, what_changed=reason.strip(), takes_back=True)


def _ask(breach: Breach, by: User, alone_because: str, **change: Any) -> PageUpdate:
    alone = alone_because.strip()
    if alone and others(breach.district, by, case=breach.case):
        raise ValidationError({"alone_because": _("There is time: a second person must agree.")})
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=breach.pk)
        if waiting_version(locked) is not None:
            raise Conflict(_("A new version already waits for a second person."))
        update = PageUpdate.objects.create(
            district=locked.district, breach=locked, asked_at=engine_now(), asked_by=by, **change
        )
        record("page-version-asked", by=by, case=locked.case, language=update.language, update=update.pk)
        if alone:
            return _post_version(update, by=by, alone_because=alone)
        tell_staff(
            locked,
            second_persons(locked, first=by),
            kind="breach-approval",
            subject=_("Please approve: %(case)s") % {"case": locked.case},
            template="breaches/mail/version.txt",
        )
    return update


def agree_new_version(update: PageUpdate, *, by: User) -> PageUpdate:
    """Agree, as the second person: the new version is public at once, the ones before stay readable.

    Effects: Posting, Entries, a message to those who follow the page. Raises ValidationError for the person
    who asked, Conflict when it was already decided.
    """
    require_desk(by, update.district)
    if by == update.asked_by:
        raise ValidationError(_("A second person must agree: you asked for this yourself."))
    with transaction.atomic():
        Breach.objects.select_for_update().get(pk=update.breach_id)
        return _post_version(_require_waiting(update), by=by, alone_because="")


def refuse_new_version(update: PageUpdate, *, by: User) -> PageUpdate:
    """Do not agree, or take it back: the page stays as it is. Effects: the row, Entry."""
    require_desk(by, update.district)
    with transaction.atomic():
        locked = _require_waiting(update)
        locked.refused_at = engine_now()
        locked.save()
        record("page-version-refused", by=by, case=locked.breach.case, update=locked.pk)
    return locked


def waiting_version(breach: Breach) -> PageUpdate | None:
    """The change of the public page that waits for a second person."""
    return breach.page_updates.filter(agreed_at=None, refused_at=None).first()


def check_language(breach: Breach, language: str) -> None:
    """Raise ValidationError unless the district's public pages speak this language."""
    if language not in (breach.district.languages or ["en"]):
        raise ValidationError({"language": _("This is not a language of your public pages.")})


def _checked_words(
    breach: Breach, posting: Posting, language: str, texts: Mapping[str, str], what_changed: str
) -> dict[str, str]:
    said = {str(part): texts.get(part, "").strip() for part in PARTS if texts.get(part, "").strip()}
    wrong: dict[str, str] = {}
    if language == first_language(breach.district):
        wrong = {str(part): _("Please fill this in.") for part in PARTS if str(part) not in said}
    wrong |= {part: _("Use at most 4,000 letters.") for part, body in said.items() if len(body) > LONGEST}
    wrong |= public_words_problems(breach, said, language=language)
    wrong |= unprintable({**said, "what_changed": what_changed})
    if not what_changed.strip():
        wrong["what_changed"] = _("Say what is new in this version.")
    elif len(what_changed) > 300:
        wrong["what_changed"] = _("Use at most 300 letters.")
    elif named := public_words_problems(breach, {"what_changed": what_changed}, language=language):
        wrong |= named
    if not wrong and not posting.withdrawn and said == words_of_page(posting, language):
        wrong["what_changed"] = _("The page already says this.")
    if wrong:
        raise ValidationError(wrong)
    return said


def _post_version(update: PageUpdate, *, by: User, alone_because: str) -> PageUpdate:
    """The caller holds the breach's lock."""
    breach = update.breach
    notice, page = _issued_notice(breach), _require_page(breach)
    said = {**update.texts, "what_changed": update.what_changed}
    if wrong := public_words_problems(breach, said, language=update.language):
        raise ValidationError(list(wrong.values()))
    if update.takes_back:
        posting = withdraw_posting(page, reason=update.what_changed, by=by)
    else:
        words = _merged(page, update)
        posting = publish_posting(notice, by=by, what_changed=update.what_changed, texts=words)
    update.agreed_at, update.agreed_by, update.alone_because = engine_now(), by, alone_because
    update.version = posting.version
    update.save()
    record(
        "page-version-agreed",
        by=by,
        case=breach.case,
        reason=alone_because,
        version=posting.version,
        alone=bool(alone_because),
        update=update.pk,
    )
    return update


def _merged(posting: Posting, update: PageUpdate) -> Texts:
    """The page's texts with the new words. A translation of words that have changed is not shown any more."""
    before: Texts = posting.facts["sections"][0]["texts"]
    texts = {part: dict(bodies) for part, bodies in before.items()}
    is_first = update.language == first_language(update.district)
    for part, body in update.texts.items():
        bodies = texts.setdefault(part, {})
        if is_first and bodies.get(update.language) != body:
            bodies.clear()
        bodies[update.language] = body
    return texts


def _require_page(breach: Breach) -> Posting:
    posting = last_page(breach)
    if posting is None:
        raise Conflict(_("Nothing about this breach is posted."))
    return posting


def _issued_notice(breach: Breach) -> Notice:
    found = Notice.objects.filter(case=breach.case, status=NoticeStatus.ISSUED, postings__isnull=False)
    return found.distinct().order_by("-pk")[0]


def _require_waiting(update: PageUpdate) -> PageUpdate:
    found = PageUpdate.objects.select_for_update(of=("self",)).select_related("breach__case", "asked_by")
    locked = found.get(pk=update.pk)
    if locked.agreed_at or locked.refused_at:
        raise Conflict(_("This was already decided."))
    return locked
