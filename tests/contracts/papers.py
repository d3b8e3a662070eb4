"""Small real papers: a contract set in two justified columns with a running head, and one in Word.

The layout is a printer's, not the reader's: hyphens, page feet, terms that run over a column's end.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from functools import cache

CLAUSES = {
    "ownership": (
        "Ownership of data",
        "All student records, student information and student-generated content that the Contractor receives "
        "or creates under this Agreement remain the property of the Board and stay under the control of the "
        "Board at all times. The Contractor obtains no ownership of them.",
    ),
    "content": (
        "Student-generated content",
        "Students, their parents or legal guardians, and the Board keep possession and control of "
        "student-generated content through the Download page of each account. On request a student or parent "
        "may have that content transferred to a personal electronic mail account within ten days.",
    ),
    "purpose": (
        "Use of data",
        "The Contractor shall not use student information, student records or student-generated content for "
        "any purpose other than those this Agreement authorizes.",
    ),
    "review": (
        "Review and correction",
        "A student, parent or legal guardian may review personally identifiable information in the student's "
        "record by writing to privacy@lumen.example; the Contractor shall show it within ten business days "
        "and shall correct erroneous information within ten business days after it is pointed out.",
    ),
    "security": (
        "Security",
        "The Contractor shall take actions designed to ensure the security and confidentiality of student "
        "records, student information and student-generated content, including encryption with keys of 256 "
        "bits in transit and at rest.",
    ),
    "breach": (
        "Unauthorized access",
        "The Contractor shall notify the student, the parent or legal guardian of the student, and the Board "
        "by electronic mail and telephone as soon as practical, but not later than {hours} hours after the "
        "Contractor becomes aware of or suspects that any student record, student information or "
        "student-generated content under its control has been subject to unauthorized access or suspected "
        "unauthorized access.",
    ),
    "deletion": (
        "End of services",
        "Student records, student information and student-generated content shall not be retained by or "
        "available to the Contractor upon completion of the contracted services, unless a student, parent or "
        "legal guardian chooses to establish or maintain an electronic account with the Contractor for the "
        "purpose of storing student-generated content.",
    ),
    "ferpa": (
        "Federal law",
        "The Contractor and the Board shall both ensure compliance with the federal Family Educational "
        "Rights and Privacy Act (FERPA), 20 U.S.C. 1232g.",
    ),
    "law": (
        "Governing law",
        "The laws of the State of {law} govern the rights and duties of all parties to this Agreement.",
    ),
    "severability": (
        "Severability",
        "If any provision of this Agreement or its application is held invalid by a court of competent "
        "jurisdiction, the invalidity does not affect other provisions which can be given effect without it.",
    ),
    "advertising": (
        "No advertising",
        "The Contractor shall not use personally identifiable information contained in student records to "
        "engage in advertising, or for any purpose that this Agreement does not authorize.",
    ),
    "price": (
        "Fees",
        "The Board shall pay 4.10 dollars a student for each school year. The Contractor's bank account for "
        "payments is 004417729 at Harbor Savings.",
    ),
}

STYLE = """
@page { size: letter; margin: 22mm 18mm; @top-center { content: "LUMEN READING SERVICES"; font-size: 8pt }
        @bottom-right { content: "Page " counter(page); font-size: 8pt } }
body { font: 10pt/1.35 'DejaVu Serif', serif; text-align: justify; hyphens: auto }
h1 { font-size: 15pt; text-align: left } .terms { columns: 2; column-gap: 9mm } h2 { font-size: 10.5pt }
.signed { break-before: avoid; margin-top: 8mm } td { padding: 1mm 6mm 1mm 0 }
"""


@cache
def agreement_pdf(
    *,
    without: Collection[str] = (),
    hours: str = "forty-eight (48)",
    law: str = "Connecticut",
    extra: str = "",
) -> bytes:
    """The agreement as PDF; `without` leaves clauses out, `extra` is one more paragraph at the end."""
    from weasyprint import HTML  # type: ignore[import-untyped]

    return HTML(string=agreement_html(without=without, hours=hours, law=law, extra=extra)).write_pdf()


def agreement_html(*, without: Collection[str], hours: str, law: str, extra: str) -> str:
    kept = [clause for name, clause in CLAUSES.items() if name not in without]
    terms = "".join(
        f"<h2>{number}. {heading}</h2><p>{words.format(hours=hours, law=law)}</p>"
        for number, (heading, words) in enumerate(kept, 1)
    )
    return f"""<html lang="en"><head><style>{STYLE}</style><title>Agreement</title></head><body>
    <h1>Agreement for Online Reading Services</h1>
    <p>This Agreement is entered into between the Northfield Board of Education ("Board") and Lumen Reading,
    Inc. ("Contractor"). It begins on July 1, 2026 and ends on June 30, 2027.</p>
    <div class="terms">{terms}</div><p>{extra}</p>
    <table class="signed"><tr><td>For the Board</td><td>For the Contractor</td></tr>
    <tr><td>M. Okafor, Superintendent</td><td>P. Lind, President</td></tr>
    <tr><td>November 12, 2026</td><td>November 16, 2026</td></tr></table></body></html>"""


@cache
def amendment_pdf(*clauses: str, changes: str = "") -> bytes:
    """An amendment that adds these clauses, and says what it `changes` of the agreement."""
    from weasyprint import HTML

    terms = "".join(
        f"<h2>A{number}. {CLAUSES[name][0]}</h2>"
        f"<p>{CLAUSES[name][1].format(hours='forty-eight (48)', law='Connecticut')}</p>"
        for number, name in enumerate(clauses, 1)
    )
    return HTML(
        string=f"""<html lang="en"><head><style>{STYLE}</style></head><body><h1>First Amendment</h1>
        <p>The Agreement for Online Reading Services between the Northfield Board of Education ("Board") and
        Lumen Reading, Inc. ("Contractor") is amended by adding the following.</p>{terms}<p>{changes}</p>
        </body></html>"""
    ).write_pdf()


@cache
def scan_of(content: bytes, *, dots: int = 170) -> bytes:
    """The PDF as a copier gives it back: pictures of its pages and no words."""
    import pypdfium2

    pages = [page.render(scale=dots / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(content)]
    file = io.BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=dots)
    return file.getvalue()


@cache
def small_pdf(*pages: tuple[str, ...]) -> bytes:
    """These clauses on cards rather than sheets, which a reader of scans has done with soon."""
    from weasyprint import HTML

    cards = "".join(
        "<section><p>Agreement of the Northfield Board of Education (&quot;Board&quot;) and Lumen Reading, "
        "Inc. (&quot;Contractor&quot;) on student records.</p>"
        + "".join(f"<p>{CLAUSES[name][1].format(hours='48', law='Connecticut')}</p>" for name in names)
        + "</section>"
        for names in pages
    )
    style = "@page { size: 130mm 70mm; margin: 8mm } body { font: 10pt 'DejaVu Serif' }"
    return HTML(string=f"<style>{style} section {{ break-after: page }}</style>{cards}").write_pdf()


@cache
def agreement_docx() -> bytes:
    """The same agreement in Word, its clauses in a table of two columns."""
    from docx import Document

    paper = Document()
    paper.add_heading("Agreement for Online Reading Services", 0)
    table = paper.add_table(rows=0, cols=2)
    for heading, words in CLAUSES.values():
        cells = table.add_row().cells
        cells[0].text, cells[1].text = heading, words.format(hours="forty-eight (48)", law="Connecticut")
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()
