"""What a packet says about notices: the words as they were sent, and every version of the public page."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.models import Case
from ledger.packets import Section, packet_section
from notices.models import Notice, NoticeStatus, Posting


@packet_section(order=30)
def notices_section(case: Case) -> Iterable[Section]:
    """Each notice that was sent, word for word in the district's own language, and who approved it."""
    sent = Notice.objects.filter(sections__case=case, status=NoticeStatus.ISSUED).distinct()
    for notice in sent.select_related("message", "issued_by", "approved_by").order_by("pk"):
        yield Section(
            f"Notice {notice.number}, as it was sent", _words(notice), ("What", "As recorded"), _facts(notice)
        )


def _words(notice: Notice) -> list[str]:
    if notice.message is None:
        return []
    languages = notice.district.languages or ["en"]
    texts = {text.language: text for text in notice.message.texts.all()}
    text = texts.get(languages[0]) or next(iter(texts.values()), None)
    return [text.subject, *text.plain.split("\n\n")] if text else []


def _facts(notice: Notice) -> list[tuple[str, object]]:
    tz, reached = notice.district.tz, notice.reached
    rows: list[tuple[str, object]] = [
        ("Sent", notice.issued_at.astimezone(tz) if notice.issued_at else ""),
        ("Sent by", notice.issued_by or ""),
        (
            "People, e-mails, letters",
            ", ".join(str(reached.get(n, 0)) for n in ("people", "emails", "letters")),
        ),
        ("Languages", ", ".join(f"{code}: {count}" for code, count in reached.get("languages", {}).items())),
    ]
    if notice.approved_by is not None:
        rows.append(("Approved by", notice.approved_by))
    if notice.approved_alone_because:
        rows.append(("Approved alone, because", notice.approved_alone_because))
    return rows


@packet_section(order=50)
def postings_section(case: Case) -> Iterable[Section]:
    """Every version of the public pages about this case: when it was posted, and until when."""
    tz = case.district.tz
    rows = [
        (
            f"{page.number}, version {page.version}",
            page.posted_at.astimezone(tz),
            page.what_changed or page.title,
            page.elsewhere_url,
            page.withdrawn_at.astimezone(tz) if page.withdrawn_at else "",
        )
        for page in Posting.objects.filter(notice__sections__case=case)
        .distinct()
        .order_by("number", "version")
    ]
    if rows:
        columns = ("Page", "Posted", "What is new", "Also at", "Taken down")
        yield Section("Public pages", columns=columns, rows=rows)
