"""The public copies that go with a posting: made from the papers that bind both sides, and no others.

Which papers these are the room that keeps them says (`@papers_posted`); this room knows none. Whoever hides
more of a paper, confirms a copy or posts one holds the lock of the paper's file (`lock_sources`), so that a
copy never goes out without what was just hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import record
from ledger.models import Case, Document
from notices.duties import cases_of, owe_posting_again
from notices.models import Notice, Posting, PostingFile
from parties.models import User

REDACTED: Final = "redacted"


@dataclass(frozen=True, slots=True)
class Copy:
    """A contract's public copy: the redacted file, and its text when the file itself has none (a scan)."""

    document: Document
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """An executed paper as people call it, and the file that its public copy is made from."""

    name: str
    source: Document


Keeper = Callable[[Case], Iterable[Paper]]
KEEPERS: dict[str, Keeper] = {}


def papers_posted(kind: str) -> Callable[[Keeper], Keeper]:
    """Register who knows the executed papers of this kind of case."""

    def register(keeper: Keeper) -> Keeper:
        KEEPERS[kind] = keeper
        return keeper

    return register


def papers_in(notice: Notice) -> list[Paper]:
    """The executed papers that a posting of this notice shows, as they bound the two sides."""
    cases = [case for case in cases_of(notice) if case.kind in KEEPERS]
    return [paper for case in cases for paper in KEEPERS[case.kind](case)]


def lock_sources(sources: Collection[int]) -> None:
    """Hold these files until the transaction ends: what is hidden in them, and which copies may be posted."""
    list(Document.objects.select_for_update().filter(pk__in=sources).order_by("pk"))


def newest_copies(papers: Collection[Paper]) -> list[Copy]:
    """The newest confirmed copy of each paper that has one."""
    sources = [paper.source.pk for paper in papers]
    confirmed = Document.objects.filter(made_from__in=sources, kind=REDACTED).order_by("received_at", "pk")
    newest = {copy.made_from_id: copy for copy in confirmed}
    return [Copy(newest[pk]) for pk in sources if pk in newest]


def lacking_copies(papers: Collection[Paper], copies: Collection[Copy]) -> list[str]:
    """The papers without a copy among these, by name."""
    there = {copy.document.made_from_id for copy in copies}
    return [paper.name for paper in papers if paper.source.pk not in there]


def wrong_copies(papers: Collection[Paper], copies: Collection[Copy]) -> str:
    """Why one of these is no confirmed copy of these papers; empty when all are. Read under their lock."""
    chosen = {copy.document.pk for copy in copies}
    sources = [paper.source.pk for paper in papers]
    known = Document.objects.filter(pk__in=chosen, made_from__in=sources, kind=REDACTED).count()
    return "" if known == len(chosen) else _("This is not a confirmed copy of a signed paper. Make it again.")


def withhold_copies(case: Case, *, copies: Collection[str], by: User) -> int:
    """Something in these public copies (their SHA-256) must stay hidden: the public gets them no more.

    The page of the notice stays, without the file, in this version and in all older ones, until a new copy is
    posted, and that is owed anew. Whoever calls has judged that `by` may. Effects: the rows, one Entry a
    posting, Obligations. Returns how many files.
    """
    posted = PostingFile.objects.filter(district=case.district, sha256__in=copies, withheld_at=None)
    found = list(posted.select_for_update(of=("self",)).select_related("posting"))
    now = engine_now()
    for file in found:
        file.withheld_at = now
        file.save(update_fields=["withheld_at"])
        record(
            "posted-copy-withheld",
            by=by,
            case=case,
            notice=file.posting.number,
            version=file.posting.version,
            sha256=file.sha256,
        )
    for posting in {file.posting for file in found if file.posting.is_current and not file.posting.withdrawn}:
        owe_posting_again(posting, case=case, by=by)
    return len(found)


def lacks_withheld(case: Case) -> bool:
    """Whether a public page about this case lacks a file that was taken off it."""
    shown = Posting.objects.public().filter(notice__sections__case=case, withdrawn_at=None)
    return shown.filter(files__withheld_at__isnull=False).exists()
