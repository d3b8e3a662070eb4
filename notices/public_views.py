"""The families' site: no sign-in, no script; it queries Posting and PostingFile and nothing else."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector, TrigramWordSimilarity
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import Q
from django.db.models.functions import Greatest
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ledger.pdf import render_pdf
from notices.facts import NoticeWords, words_of
from notices.models import NoticeKind, Posting, PostingFile, PostingQuerySet
from notices.public_access import language_links, public_page
from parties.models import District

A_PAGE = 20
A_DAY = 24 * 3600
QUERY_LIMIT = 100
ALIKE = 0.5
"""How alike a word must be to a title to count as meant (a typing mistake), from 0 to 1."""


def page_context(request: HttpRequest, district: District, **more: Any) -> dict[str, Any]:
    """What the families' frame needs on every page."""
    here = {"district": district.slug, "language": request.language}  # type: ignore[attr-defined]
    return {
        "district": district,
        "languages": language_links(request, district),
        "home_url": reverse("public:home", kwargs=here),
        "feed_url": reverse("public:feed", kwargs=here),
        "follow_url": reverse("public:follow", kwargs=here),
        "ask_url": reverse("public:ask", kwargs=here),
        "rights_url": reverse("public:rights", kwargs=here),
        "accessibility_url": reverse("public:accessibility", kwargs=here),
        "portal_url": settings.PORTAL_URL,
        **more,
    }


def search(postings: PostingQuerySet, text: str) -> PostingQuerySet:
    """Postings that say these words, or whose title is nearly this; the best first."""
    query = SearchQuery(text, config="simple", search_type="websearch")
    vector = SearchVector("words", config="simple")
    return (
        postings.annotate(
            alike=TrigramWordSimilarity(text, "title"), rank=SearchRank(vector, query), said=vector
        )
        .filter(Q(said=query) | Q(title__icontains=text) | Q(alike__gte=ALIKE))
        .order_by(Greatest("alike", "rank").desc(), "-posted_at")
    )


def chosen_postings(request: HttpRequest, district: District) -> tuple[PostingQuerySet, dict[str, str]]:
    """The postings that the list's search box and filters leave, and what was asked for."""
    asked = {
        name: "".join(c for c in request.GET.get(name, "") if c.isprintable()).strip()[:QUERY_LIMIT]
        for name in ("q", "school", "kind")
    }
    postings = Posting.objects.public().filter(district=district)
    if asked["kind"] in NoticeKind.values:
        postings = postings.filter(kind=asked["kind"])
    if asked["school"]:
        postings = postings.filter(Q(all_schools=True) | Q(school_names__contains=[asked["school"]]))
    if asked["q"]:
        postings = search(postings, asked["q"])
    return postings, asked


@require_safe
@public_page
def home(request: HttpRequest, district: District) -> HttpResponse:
    """The list with its one search box: who has my child's data?"""
    postings, asked = chosen_postings(request, district)
    everything = Posting.objects.public().filter(district=district)
    page = Paginator(postings, A_PAGE).get_page(request.GET.get("page"))
    language = request.language  # type: ignore[attr-defined]
    schools = sorted({name for names in everything.values_list("school_names", flat=True) for name in names})
    context = page_context(
        request,
        district,
        page_obj=page,
        rows=[(posting, words_of(posting.facts, language)) for posting in page],
        asked=asked,
        schools=schools,
        kinds=[(kind.value, word) for kind, word in kind_words()],
        count=everything.count(),
        breaches=everything.filter(kind=NoticeKind.BREACH, withdrawn_at=None).count(),
        list_urls={name: list_address(request, district, name) for name in ("csv", "xlsx")},
    )
    return render(request, "public/home.html", context)


def kind_words() -> list[tuple[NoticeKind, str]]:
    return [(NoticeKind.CONTRACT, _("Contract")), (NoticeKind.BREACH, _("Breach"))]


def list_address(request: HttpRequest, district: District, extension: str) -> str:
    language = request.language  # type: ignore[attr-defined]
    here = {"district": district.slug, "language": language, "extension": extension}
    query = request.META.get("QUERY_STRING", "")
    return reverse("public:list", kwargs=here) + (f"?{query}" if query else "")


def find_posting(district: District, number: str, version: int | None) -> Posting:
    """One version of a posting, the newest when none is named; not found answers 404."""
    postings = Posting.objects.filter(district=district, number=number)
    if version is None:
        return get_object_or_404(postings.public())
    return get_object_or_404(postings, version=version)


@require_safe
@public_page
def notice(request: HttpRequest, district: District, number: str, version: int | None = None) -> HttpResponse:
    """One notice at its permanent address, or one of its versions."""
    posting = find_posting(district, number, version)
    language = request.language  # type: ignore[attr-defined]
    words = words_of(posting.facts, language)
    here = {"district": district.slug, "language": language, "number": number}
    versions = list(Posting.objects.filter(district=district, number=number).order_by("-version"))
    files = list(posting.files.filter(withheld_at=None))
    context = page_context(
        request,
        district,
        posting=posting,
        words=words,
        versions=versions,
        newest=versions[0],
        files=[(file, file_addresses(posting, file, language, district)) for file in files],
        heading_level=3 if len(words.sections) > 1 else 2,
        pdf_url=reverse("public:pdf", kwargs=here),
        permanent=permanent_address(district, number),
        structured=structured(posting, words, request.build_absolute_uri()),
    )
    return render(request, "public/notice.html", context)


def permanent_address(district: District, number: str) -> str:
    """The address that never changes: it leads to the newest version, in the reader's language."""
    path = reverse("public:notice", kwargs={"district": district.slug, "number": number})
    return f"{settings.PORTAL_URL}{path}"


def file_addresses(posting: Posting, file: PostingFile, language: str, district: District) -> dict[str, str]:
    where = {"district": district.slug, "number": posting.number, "version": posting.version, "pk": file.pk}
    text = reverse("public:file_text", kwargs={**where, "language": language}) if file.pages else ""
    return {"file": reverse("public:file", kwargs={**where, "language": language}), "text": text}


def structured(posting: Posting, words: NoticeWords, address: str) -> dict[str, Any]:
    """The posting for machines (schema.org)."""
    return {
        "@context": "https://schema.org",
        "@type": "SpecialAnnouncement" if posting.kind == NoticeKind.BREACH else "Report",
        "name": words.title,
        "inLanguage": words.language,
        "datePublished": posting.posted_at.isoformat(),
        "version": posting.version,
        "identifier": posting.number,
        "url": address,
        "publisher": {"@type": "GovernmentOrganization", "name": words.district},
    }


@require_safe
@public_page
def pdf(request: HttpRequest, district: District, number: str) -> HttpResponse:
    """The notice as an accessible PDF (PDF/UA-1) in this language."""
    posting = find_posting(district, number, None)
    language = request.language  # type: ignore[attr-defined]
    # A posting never changes, and setting a PDF is the dearest thing that somebody unknown can ask for.
    key = f"notice-pdf:{posting.pk}:{posting.withdrawn}:{language}"
    made = cache.get_or_set(key, lambda: _set_pdf(posting, district, language), A_DAY)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="notice-{posting.number}-{language}.pdf"'
    return response


def _set_pdf(posting: Posting, district: District, language: str) -> bytes:
    words = words_of(posting.facts, language)
    return render_pdf(
        "public/notice_pdf.html",
        {
            "words": words,
            "posting": posting,
            "district": district,
            "level": 3 if len(words.sections) > 1 else 2,
            "permanent": permanent_address(district, posting.number),
        },
    )


def find_file(district: District, number: str, version: int, pk: int) -> tuple[Posting, PostingFile]:
    posting = find_posting(district, number, version)
    return posting, get_object_or_404(posting.files.filter(withheld_at=None), pk=pk)


@require_safe
@public_page
def contract_file(
    request: HttpRequest, district: District, number: str, version: int, pk: int
) -> HttpResponseBase:
    """The contract's public copy, byte for byte as it was posted."""
    posting, file = find_file(district, number, version, pk)
    if posting.withdrawn:
        raise Http404
    response = FileResponse(file.file.open("rb"), content_type=file.content_type)
    extension = "pdf" if file.content_type == "application/pdf" else "bin"
    response["Content-Disposition"] = (
        f'inline; filename="contract-{posting.number}-{file.position + 1}.{extension}"'
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["ETag"] = f'"{file.sha256}"'
    return response


@require_safe
@public_page
def contract_text(
    request: HttpRequest, district: District, number: str, version: int, pk: int
) -> HttpResponse:
    """The contract as text, made from the public copy itself."""
    posting, file = find_file(district, number, version, pk)
    if posting.withdrawn or not file.pages:
        raise Http404
    language = request.language  # type: ignore[attr-defined]
    context = page_context(
        request,
        district,
        posting=posting,
        words=words_of(posting.facts, language),
        file=file,
        back=reverse(
            "public:notice", kwargs={"district": district.slug, "language": language, "number": number}
        ),
    )
    return render(request, "public/contract_text.html", context)


@require_safe
@public_page
def rights(request: HttpRequest, district: District) -> HttpResponse:
    return render(request, "public/rights.html", page_context(request, district))


@require_safe
@public_page
def accessibility(request: HttpRequest, district: District) -> HttpResponse:
    return render(request, "public/accessibility.html", page_context(request, district))
