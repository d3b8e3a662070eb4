"""Every component on one page, for tests only: an URLconf, its views, and made-up rows never saved."""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.utils import translation

from compliance_portal.frame import DistrictLink, Frame, Link
from ledger.models import Job
from parties.models import District
from policy.models import Deadline, Obligation

NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)  # Saturday, Nov 21, 7 p.m. in New York
TEMPLATE = Path(__file__).parent / "style_guide.html"
PUBLIC = Path(__file__).parent / "style_guide_public.html"

DISTRICT = District(
    pk=1, name="Northfield Public Schools", slug="northfield", state="CT", zone="America/New_York",
    contact_phone="860-555-0100",
)  # fmt: skip
NAMES = ("Today", "Contracts", "Vendors", "Notices", "Breaches", "Records", "Inquiries", "Set-up")


def deadline(unit: str, due: datetime, started: datetime, status: str = "running", **more) -> Deadline:
    basis = {
        "lines": [
            "Monday 16 November 2026: day 0, not counted.",
            "Tuesday 17 November 2026: business day 1.",
        ],
        "skipped": [{"date": "2026-11-26", "name": "Thanksgiving Day"}],
    }
    return Deadline(
        obligation=Obligation(pk=1), district=DISTRICT,
        unit=unit, due_at=due, started_at=started, status=status, basis=basis,
        citation="Conn. Gen. Stat. 10-234bb(g)", pack="ct-3520.13@2017", rule="contract-notice", **more,
    )  # fmt: skip


BREACH = deadline(
    "hours", datetime(2026, 11, 22, 11, 20, tzinfo=UTC), datetime(2026, 11, 20, 11, 20, tzinfo=UTC)
)
NOTICE = deadline(
    "business_days", datetime(2026, 11, 24, 5, tzinfo=UTC), datetime(2026, 11, 16, 15, tzinfo=UTC)
)
LATER = deadline(
    "calendar_days", datetime(2026, 12, 18, 5, tzinfo=UTC), datetime(2026, 11, 16, 15, tzinfo=UTC)
)
LATE = deadline(
    "business_days", datetime(2026, 11, 21, 5, tzinfo=UTC), datetime(2026, 11, 13, 15, tzinfo=UTC), "missed",
    provisional=True,
)  # fmt: skip
HOURS_LATE = deadline(
    "hours", datetime(2026, 11, 21, 21, 55, tzinfo=UTC), datetime(2026, 11, 19, 21, 55, tzinfo=UTC), "missed"
)
KEPT = deadline(
    "business_days", datetime(2026, 11, 24, 5, tzinfo=UTC), datetime(2026, 11, 16, 15, tzinfo=UTC), "kept"
)


class Sample(forms.Form):
    product = forms.CharField(label="Name of the product", help_text="As families know it")
    signed = forms.DateField(label="Date signed", help_text="The day both sides were bound")
    found_at = forms.DateTimeField(label="When the vendor told you", required=False)
    students = forms.IntegerField(label="Number of students", required=False)
    paper = forms.FileField(label="Signed contract", help_text="PDF or Word, up to 200 MB")
    agreed = forms.ChoiceField(
        label="How was it agreed?",
        choices=[("signed", "Signed on paper"), ("clicked", "Accepted on a web page")],
        widget=forms.RadioSelect,
    )
    elements = forms.MultipleChoiceField(
        label="What data?",
        choices=[("name", "Name"), ("grade", "Grade"), ("answers", "Answers")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    school = forms.ChoiceField(
        label="School", choices=[("all", "All schools"), ("hill", "Hill Middle School")]
    )
    words = forms.CharField(label="In your words", max_length=300, widget=forms.Textarea(attrs={"rows": 4}))
    sure = forms.BooleanField(label="I have read the preview", help_text="Families get exactly this")
    number = forms.CharField(widget=forms.HiddenInput, required=False)


STEPS = [
    {"name": "Record the vendor's report", "note": "Done by J. Rivera, Nov 20, 6:41 a.m.", "state": "done",
     "url": "#", "verb": "See report"},
    {"name": "List the families", "note": "214 students, 231 e-mail addresses, 9 with none", "state": "done",
     "url": "#", "verb": "See list"},
    {"name": "Write the notice", "note": "English done, Spanish waits for review", "state": "current",
     "url": "#", "verb": "Continue writing"},
    {"name": "A second person approves", "note": "They will get a message", "state": "todo"},
    {"name": "Send and post", "note": "E-mail, 9 letters, public page", "state": "todo"},
]  # fmt: skip
EVENTS = [
    {"date": "Nov 12", "text": "uploaded", "state": "past"},
    {"date": "Nov 13", "text": "checked", "state": "past"},
    {"date": "Nov 16", "text": "signed", "state": "past"},
    {"date": "Nov 23", "text": "notice due", "state": "now", "url": "#"},
    {"date": "Jun 30, 2027", "text": "ends", "state": "future"},
    {"date": "Jul 30, 2027", "text": "vendor proves deletion", "state": "future"},
]


def staff_frame() -> Frame:
    return Frame(
        name=DISTRICT.name, district=DISTRICT, demo=True,
        districts=[DistrictLink("All your districts", "#", False), DistrictLink(DISTRICT.name, "#", True)],
        nav=[Link(name, "#", name == "Today") for name in NAMES],
    )  # fmt: skip


@login_not_required
def style_guide(request: HttpRequest, language: str) -> HttpResponse:
    request.engine_now = NOW
    job = Job(uuid=uuid.UUID(int=7), status="working", step="Reading page 7 of 16.", done=7, total=16)
    context = {
        "frame": staff_frame(),
        "user": SimpleNamespace(is_authenticated=True, name="J. Rivera", is_staff=False),
        "district": DISTRICT, "breach": BREACH, "notice": NOTICE, "later": LATER, "late": LATE, "kept": KEPT,
        "hours_late": HOURS_LATE,
        "steps": STEPS, "events": EVENTS, "form": Sample({"agreed": "no"}), "empty_form": Sample(),
        "page_obj": Paginator(range(212), 10).page(4),
        "rects": [(72, 316, 466, 327), (72, 329, 400, 340)],
        "job": job, "done_job": Job(uuid=uuid.UUID(int=8), status="done", step="Read 16 pages."),
        "failed_job": Job(uuid=uuid.UUID(int=9), status="failed", error="This PDF needs a password."),
        "facts": [("What happened", "A password was stolen."), ("What data", "Name, grade, reading level"),
                  {"term": "When the vendor found it", "text": "Nov 12, 2026. Limit: 30 days.",
                   "chip": {"tone": "good", "icon": "yes", "word": "In time"}}],
        "weeks": [("This week", 4), ("Nov 29", 12), ("Dec 6", 9), ("Dec 13", 6)],
    }  # fmt: skip
    with translation.override(language):
        html = engines["django"].from_string(TEMPLATE.read_text()).render(context, request)
    return HttpResponse(html)


@login_not_required
def public_page(request: HttpRequest, language: str) -> HttpResponse:
    names = [("en", "English"), ("es", "Español"), ("ar", "العربية"), ("zh-hans", "中文"), ("pl", "Polski")]
    languages = [
        {"code": code, "name": name, "url": f"/public/{code}/", "current": code == language,
         "dir": "rtl" if code == "ar" else "ltr"}
        for code, name in names
    ]  # fmt: skip
    context = {"district": DISTRICT, "languages": languages, "feed_url": "/feed/", "home_url": "/"}
    with translation.override(language):
        html = engines["django"].from_string(PUBLIC.read_text()).render(context, request)
    return HttpResponse(html)


@login_not_required
def page_png(request: HttpRequest) -> HttpResponse:
    from io import BytesIO

    from PIL import Image, ImageDraw

    picture = Image.new("L", (612, 792), 255)
    pen = ImageDraw.Draw(picture)
    for line in range(24):
        words = (
            "The Contractor will notify the Board in writing without delay."
            if line % 5
            else f"Section {line}"
        )
        pen.text((72, 60 + line * 26), words, fill=0)
    body = BytesIO()
    picture.save(body, "PNG")
    return HttpResponse(body.getvalue(), content_type="image/png")


urlpatterns = [
    path("guide/<str:language>/", style_guide),
    path("public/<str:language>/", public_page),
    path("page.png", page_png),
]
