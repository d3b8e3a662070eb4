"""The desk at which a part of a page is hidden: its words, whole lines, or a place on its picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.forms import LinesForm, PlaceForm, WordsForm, show_refusal
from contracts.models import Instrument, Page, RedactionBox
from contracts.redaction import mark_box, mark_words
from contracts.views.scope import person
from notices.copies import lacks_withheld


@dataclass
class Marking:
    """The three ways to hide a part of a page: its words, whole lines, a place on its picture."""

    words: WordsForm
    lines: LinesForm
    place: PlaceForm
    page: Page
    tried: dict[str, float] | None = None

    @classmethod
    def of(cls, request: HttpRequest, page: Page) -> Marking:
        def given(act: str) -> dict[str, Any]:
            is_this = request.method == "POST" and request.POST.get("act") == act
            return {"data": request.POST if is_this else None}

        return cls(
            WordsForm(**given(WordsForm.act)),
            LinesForm(**given(LinesForm.act), text_of_page=page.text),
            PlaceForm(**given(PlaceForm.act)),
            page,
        )

    @property
    def is_refused(self) -> bool:
        return bool(self.words.errors or self.lines.errors or self.place.errors)

    def hide(self, request: HttpRequest, paper: Instrument) -> bool:
        """Hide what was sent, if anything was, and say how much; False when the page is to be shown again."""
        form = next((each for each in (self.words, self.lines, self.place) if each.is_bound), None)
        if form is None or not form.is_valid():
            return False
        given = {name: form.cleaned_data[name] for name in ("ground", "remark")}
        given |= {"page": self.page.number, "by": person(request)}
        if form is self.place:
            self.tried = self.place.points(self.page.width, self.page.height)
            if "try" in request.POST:
                return False
        try:
            hidden = self._mark(form, paper, given)
        except ValidationError as refusal:
            show_refusal(form, refusal)
            return False
        pages = ", ".join(str(number) for number in sorted({box.page for box in hidden}))
        said = ngettext("Hidden: %(n)s place, page %(p)s.", "Hidden: %(n)s places, page %(p)s.", len(hidden))
        messages.success(request, said % {"n": len(hidden), "p": pages})
        if lacks_withheld(paper.contract.case):
            words = _(
                "The public page no longer shows the contract, and posting is owed again. Confirm a new "
                "copy, then post a new version of the notice."
            )
            messages.warning(request, words)
        return True

    def _mark(self, form: Form, paper: Instrument, given: dict[str, Any]) -> list[RedactionBox]:
        if form is self.place:
            given |= self.tried or {}
            return [mark_box(paper, **given)]
        if form is self.words:
            chosen = self.words.cleaned_data
            return mark_words(paper, text=chosen["text"], everywhere=chosen["everywhere"], **given)
        with transaction.atomic():
            lines = [mark_words(paper, text=line, **given) for line in self.lines.cleaned_data["lines"]]
        return [box for boxes in lines for box in boxes]


def ruler_of(page: Page) -> list[dict[str, str]]:
    """Where each tenth of the page lies, in its points."""
    return [
        {
            "percent": f"{tenth}0",
            "x": f"{page.width * tenth / 10:.1f}",
            "y": f"{page.height * tenth / 10:.1f}",
        }
        for tenth in range(1, 10)
    ]
