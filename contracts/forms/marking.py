"""The parts of a page that a public copy hides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.models import Ground


class _MarkForm(forms.Form):
    """A part of one page to hide, and the legal ground."""

    ground = forms.ChoiceField(label=_("Legal ground"), choices=Ground)
    remark = forms.CharField(label=_("Remark"), max_length=200, required=False)


class WordsForm(_MarkForm):
    """Words to hide, as they stand on the page."""

    act = "words"
    text = forms.CharField(
        label=_("Words to hide"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Exactly as they stand on this page"),
    )  # fmt: skip
    everywhere = forms.BooleanField(label=_("Hide them on every page where they stand"), required=False)
    field_order = ("text", "everywhere", "ground", "remark")


class LinesForm(_MarkForm):
    """Whole lines to hide, chosen from the page's text."""

    act = "lines"
    lines = forms.MultipleChoiceField(label=_("Lines to hide"), widget=forms.CheckboxSelectMultiple)
    field_order = ("lines", "ground", "remark")

    def __init__(self, *args: Any, text_of_page: str, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": self.act, **kwargs})
        lines = dict.fromkeys(" ".join(line.split()) for line in text_of_page.splitlines())
        field = self.fields["lines"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(line, line) for line in lines if line]


class PlaceForm(_MarkForm):
    """One rectangle of a page to hide, in percent of the page."""

    act = "place"
    left = forms.FloatField(label=_("From the left edge, in percent"), min_value=0, max_value=100)
    top = forms.FloatField(label=_("From the top edge, in percent"), min_value=0, max_value=100)
    width = forms.FloatField(label=_("Width, in percent"), min_value=0.1, max_value=100)
    height = forms.FloatField(label=_("Height, in percent"), min_value=0.1, max_value=100)
    field_order = ("left", "top", "width", "height", "ground", "remark")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": self.act, **kwargs})
        for name in ("left", "top", "width", "height"):
            self.fields[name].widget.attrs |= {"step": "any", "data-place": name}

    def points(self, width: float, height: float) -> dict[str, float]:
        """The box in PDF points on a page of this size, cut at the page's edges."""
        share = {name: self.cleaned_data[name] / 100 for name in ("left", "top", "width", "height")}
        return {
            "x": share["left"] * width,
            "y": share["top"] * height,
            "w": min(share["width"], 1 - share["left"]) * width,
            "h": min(share["height"], 1 - share["top"]) * height,
        }
