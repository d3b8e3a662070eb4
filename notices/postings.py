"""The public page: frozen when it is posted, never edited, only followed by a new version or withdrawn."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pypdfium2
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.documents import Altered, open_document, receive_document
from ledger.entries import Conflict, record
from ledger.models import Document
from notices import lifecycle
from notices.compose import WRITERS
from notices.copies import (
    Copy,
    Paper,
    lacking_copies,
    lock_sources,
    newest_copies,
    papers_in,
    wrong_copies,
)
from notices.duties import cases_of, owe_posting_again, posting_duties, required_parts
from notices.facts import facts_of, words_of
from notices.followers import tell_followers
from notices.issue import needs_approval
from notices.models import Notice, NoticeKind, NoticeStatus, Posting, PostingFile
from notices.parts import missing_parts
from notices.plain import unprintable
from parties.access import require_role
from parties.models import User
from policy.claims import claim_done
from policy.obligations import settle

Texts = dict[str, dict[str, str]]
"""A section's free texts: part, then language, then words."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where and since when the notice stands on the district's own website, and the page as it was kept."""

    address: str
    at: datetime
    proof: Document


def publish_posting(
    notice: Notice,
    *,
    by: User,
    copies: Collection[Copy] | None = None,
    what_changed: str = "",
    texts: Texts | None = None,
) -> Posting:
    """Put the notice and the contract's public copy on the district's public site (L-6).

    `copies` are the redacted contracts; without them the newest confirmed copy of each executed paper is
    taken, and each must have one. `texts` are new words of a breach notice that was sent already; without
    them its page keeps those of its last version. Effects, in one transaction: a Posting (the next version,
    the one before no longer current) with its own files, its obligations settled, one Entry a case.
    Raises ValidationError naming each part that a
    pack requires and that is missing, Conflict when a notice that needs approval has none.
    """
    return _publish(notice, by=by, copies=copies, what_changed=what_changed, texts=texts)


def _publish(
    notice: Notice,
    *,
    by: User,
    copies: Collection[Copy] | None = None,
    what_changed: str = "",
    elsewhere: Elsewhere | None = None,
    texts: Texts | None = None,
) -> Posting:
    require_role(by, notice.district, *WRITERS)
    with transaction.atomic():
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        lifecycle.check_goes_on(locked)
        if locked.case.is_drill:
            raise Conflict(_("This is a drill: nothing of it is posted."))
        if locked.status == NoticeStatus.DRAFT and needs_approval(locked):
            raise Conflict(_("A second person must approve this notice first."))
        cases = cases_of(locked)
        duties = posting_duties(cases)
        papers = papers_in(locked)
        lock_sources([paper.source.pk for paper in papers])
        chosen = list(copies) if copies is not None else newest_copies(papers)
        _check_required(locked, papers, chosen, required_parts(duties))
        posting = _freeze(locked, by=by, what_changed=what_changed, texts=texts)
        for copy in chosen:
            _keep_copy(posting, copy)
        for duty in duties:
            if elsewhere is None:
                settle(duty, by=by, at=posting.posted_at)
            else:
                claim_done(
                    duty, at=elsewhere.at, by=by, reason=elsewhere.address, proof=elsewhere.proof, always=True
                )
        told = tell_followers(posting, by=by)
        for case in cases:
            record(
                "posting-published",
                by=by,
                case=case,
                at=posting.posted_at,
                notice=locked.number,
                version=posting.version,
                followers_told=told,
                sha256=[file.sha256 for file in posting.files.all()],
            )
    return posting


def post_elsewhere(
    notice: Notice, *, address: str, posted_at: datetime, capture: File[bytes], by: User
) -> Posting:
    """Record that the notice was posted on the district's own website, with a captured copy as proof.

    `posted_at` is aware and not in the future. Effects: as publish_posting, but the duty counts as met at
    `posted_at` only once a second person has confirmed it (architecture §6); the page here names the address;
    the copy kept as a Document with its hash. Raises ValidationError beside the field, Conflict.
    """
    require_role(by, notice.district, *WRITERS)
    wrong: dict[str, Any] = {}
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError:
        wrong["address"] = _("Write the whole address, with https://.")
    if posted_at.tzinfo is None or posted_at > engine_now():
        wrong["posted_at"] = _("This time is in the future.")
    if wrong:
        raise ValidationError(wrong)
    try:
        copy = receive_document(case=notice.case, kind="capture", upload=capture, by=by)
    except ValidationError as error:
        raise ValidationError({"capture": error.messages}) from error
    with transaction.atomic():
        posting = _publish(notice, by=by, elsewhere=Elsewhere(address, posted_at, copy))
        posting.elsewhere_url, posting.elsewhere_at = address, posted_at
        posting.save()
        record(
            "posted-elsewhere",
            by=by,
            case=notice.case,
            notice=notice.number,
            on=posted_at.isoformat(),
            sha256=copy.sha256,
        )
    return posting


def withdraw_posting(posting: Posting, *, reason: str, by: User | None) -> Posting:
    """Take a posting back with its older versions: its address stays and says so, with the reason.

    `by` is None when its time on the public site is over; else the posting is owed anew. Effects: the rows,
    which stay as they were posted for the district's own archive, one Entry, Obligations. Raises
    ValidationError, Conflict, PermissionDenied.
    """
    if by is not None:
        require_role(by, posting.district, *WRITERS)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. Families will read it.")})
    if wrong := unprintable({"reason": reason}):
        raise ValidationError(wrong)
    with transaction.atomic():
        locked = Posting.objects.select_for_update().get(pk=posting.pk)
        if locked.withdrawn:
            raise Conflict(_("This posting was already taken back."))
        locked.withdrawn_at, locked.withdrawn_reason = engine_now(), reason.strip()[:300]
        locked.save()
        versions = Posting.objects.filter(district=locked.district, number=locked.number, withdrawn_at=None)
        versions.update(withdrawn_at=locked.withdrawn_at, withdrawn_reason=locked.withdrawn_reason)
        record(
            "posting-withdrawn",
            by=by,
            case=locked.case,
            reason=locked.withdrawn_reason,
            notice=locked.number,
            version=locked.version,
        )
        if by is not None:
            for case in cases_of(locked.notice):
                owe_posting_again(locked, case=case, by=by)
    return locked


def _check_required(
    notice: Notice, papers: Collection[Paper], copies: Collection[Copy], parts: frozenset[str]
) -> None:
    wrong: dict[str, str] = dict(missing_parts(notice, parts - {"contract"}))
    if "contract" in parts:
        there = {copy.document.case_id for copy in copies}
        signed = {paper.source.case_id for paper in papers}
        without = [s.product for s in notice.sections.all() if s.case_id not in signed | there]
        if without := without + lacking_copies(papers, copies):
            wrong["contract"] = _("The contract's public copy is missing: %(products)s.") % {
                "products": ", ".join(without)
            }
    if unusable := wrong_copies(papers, copies):
        wrong["contract"] = unusable
    if wrong:
        raise ValidationError(wrong)


def _freeze(notice: Notice, *, by: User, what_changed: str, texts: Texts | None) -> Posting:
    facts = facts_of(notice)
    before = Posting.objects.filter(district=notice.district, number=notice.number, is_current=True).first()
    if notice.status == NoticeStatus.ISSUED and notice.kind == NoticeKind.BREACH and before is not None:
        for section, last in zip(facts["sections"], before.facts["sections"], strict=True):
            section["texts"] = last["texts"] if texts is None else texts
    if before is not None:
        if not what_changed.strip():
            raise ValidationError({"what_changed": _("Say what is new in this version.")})
        if wrong := unprintable({"what_changed": what_changed}):
            raise ValidationError(wrong)
        before.is_current = False
        before.save()
    names = [f"{s['product']} ({s['vendor']})" for s in facts["sections"]]
    schools = {name for section in facts["sections"] for name in section["schools"]}
    return Posting.objects.create(
        district=notice.district,
        case=notice.case,
        notice=notice,
        kind=notice.kind,
        number=notice.number,
        version=before.version + 1 if before else 1,
        what_changed=what_changed.strip()[:300],
        title=", ".join(names)[:300],
        facts=facts,
        school_names=sorted(schools),
        all_schools=any(section["all_schools"] for section in facts["sections"]),
        words=searchable(facts),
        posted_at=engine_now(),
        posted_by=by,
    )


def searchable(facts: dict[str, Any]) -> str:
    """Everything the notice says, in each of the district's languages, for the one search box."""
    said: list[str] = []
    for language in facts["languages"]:
        words = words_of(facts, language)
        for section in words.sections:
            free = [w.body for w in (section.description, section.purpose) if w and not w.missing]
            free += [part.body for _heading, part in section.parts if not part.missing]
            said += [section.vendor, section.product, *section.elements, *section.purposes]
            said += [*section.schools, *free]
    return "\n".join(dict.fromkeys(said))


def _keep_copy(posting: Posting, copy: Copy) -> None:
    """The bytes are read once, and must still be those that were confirmed (A11)."""
    try:
        with open_document(copy.document) as stored:
            content = stored.read()
    except Altered as error:
        raise ValidationError(
            {"contract": _("The kept file has changed. Make the public copy again.")}
        ) from error
    order = [section["case"] for section in posting.facts["sections"]]
    _keep_bytes(
        posting,
        content,
        name=copy.document.name,
        content_type=copy.document.content_type,
        pages=list(copy.pages) or read_pages(content, copy.document.content_type),
        position=order.index(copy.document.case_id) if copy.document.case_id in order else 0,
    )


def _keep_bytes(
    posting: Posting,
    content: bytes,
    *,
    name: str,
    content_type: str,
    pages: list[str] | None = None,
    position: int = 0,
) -> PostingFile:
    kept = PostingFile(
        district=posting.district,
        case=posting.case,
        posting=posting,
        position=position,
        name=name,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pages=pages or [],
    )
    kept.file.save("", ContentFile(content), save=False)
    kept.save()
    return kept


def read_pages(content: bytes, content_type: str) -> list[str]:
    """The text of the very bytes that are served, page by page: what is black there is absent here."""
    if content_type != "application/pdf":
        return []
    document = pypdfium2.PdfDocument(content)
    try:
        texts = [page.get_textpage().get_text_bounded().replace("\0", "") for page in document]
    finally:
        document.close()
    return texts if any(text.strip() for text in texts) else []
