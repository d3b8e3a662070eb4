"""Template tags that every room's pages share: form fields, chips, pager, page pictures and charts."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

# What the verdict on a requirement says, as (tone, icon, words): never a colour alone.
VERDICTS: Mapping[str, tuple[str, str, str]] = {
    "met": ("good", "yes", "Has it"),
    "deficient": ("short", "part", "Falls short"),
    "missing": ("bad", "no", "Not found"),
    "confirmed": ("good", "person", "Confirmed"),
    "corrected": ("person", "person", "Corrected"),
    "not_applicable": ("plain", "part", "Not applicable"),
}


def _chip(tone: str, icon: str, word: str) -> dict[str, str]:
    return {"tone": tone, "icon": icon, "word": word}


@register.inclusion_tag("components/verdict.html")
def verdict(
    found: str, sure: bool = True, page: int | None = None, decided: str = "", scan: bool = False
) -> dict[str, Any]:
    """Chips for one finding: the machine's verdict (met, deficient, missing), then a person's decision.

    `decided` is confirmed, corrected, not_applicable or "" while nobody has looked. An unsure reading
    carries "Please check" until somebody decides.
    """
    tone, icon, word = VERDICTS[found]
    word = _(word)
    if page and found != "missing":
        word = _("%(verdict)s, page %(page)s") % {"verdict": word, "page": page}
    chips = [_chip(tone, icon, word)]
    if decided:
        tone, icon, word = VERDICTS[decided]
        chips.append(_chip(tone, icon, _(word)))
    elif not sure:
        chips.append(
            _chip("check", "ask", _("Please check, read from a scan") if scan else _("Please check"))
        )
    return {"chips": chips}


@register.inclusion_tag("components/chip.html")
def chip(word: str, tone: str = "plain", icon: str = "") -> dict[str, str]:
    """A mark: tone good, bad, short, check, soon, late, person or plain; icon a name of icon.html."""
    return _chip(tone, icon, word)


@register.inclusion_tag("components/page_picture.html")
def page_picture(
    src: str,
    width: float,
    height: float,
    rects: Sequence[Sequence[float]],
    title: str,
    zoom: bool = False,
    kind: str = "hl",
) -> dict[str, Any]:
    """A page's picture with boxes over the passage, in the page's own points.

    `rects` are (left, top, right, bottom), y downwards from the page's top edge. With `zoom` the view
    keeps the passage and a third of a page around it, full width: the same picture, another viewBox.
    """
    boxes = [
        {"x": left, "y": top, "width": right - left, "height": bottom - top, "kind": kind}
        for left, top, right, bottom in rects
    ]
    top_of_view, shown = 0.0, float(height)
    if zoom and boxes:
        shown = max(height / 2.4, max(r[3] for r in rects) - min(r[1] for r in rects) + height / 6)
        middle = (max(r[3] for r in rects) + min(r[1] for r in rects)) / 2
        shown = min(shown, float(height))
        top_of_view = min(max(0.0, middle - shown / 2), height - shown)
    return {
        "src": src,
        "width": width,
        "height": height,
        "rects": boxes,
        "title": title,
        "box": f"0 {top_of_view:.1f} {width:.1f} {shown:.1f}",
    }


@register.inclusion_tag("components/chart.html")
def bar_chart(
    rows: Sequence[tuple[str, int]], takeaway: str, label_heading: str, count_heading: str
) -> dict[str, Any]:
    """A picture of a few counts, drawn with attributes only (the policy on styles allows no `style=`)."""
    most = max((count for _label, count in rows), default=0) or 1
    left, room = 130, 245
    bars = []
    for place, (label, count) in enumerate(rows):
        width = round(room * count / most)
        bars.append(
            {
                "label": label,
                "count": count,
                "y": place * 30 + 6,
                "text_y": place * 30 + 20,
                "width": width,
                "end": left + width + 8,
            }
        )
    return {
        "bars": bars,
        "left": left,
        "height": len(bars) * 30 + 6,
        "takeaway": takeaway,
        "label_heading": label_heading,
        "count_heading": count_heading,
    }


@register.simple_tag
def page_numbers(page: Page[Any]) -> Iterator[int | str]:
    """The numbers of a pager: first, last, the ones around this page, and dots between."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


# --- form fields ---------------------------------------------------------------------------------------

_KINDS: tuple[tuple[type[forms.Widget], str, str], ...] = (
    # The order matters: a select with several choices is a select, a date box is an input.
    (forms.CheckboxSelectMultiple, "checkboxes", "usa-checkbox__input"),
    (forms.RadioSelect, "radios", "usa-radio__input"),
    (forms.CheckboxInput, "checkbox", "usa-checkbox__input"),
    (forms.SelectMultiple, "select", "usa-select"),
    (forms.Select, "select", "usa-select"),
    (forms.Textarea, "textarea", "usa-textarea"),
    (forms.FileInput, "file", "usa-file-input"),
    (forms.DateTimeInput, "instant", "usa-input input-instant"),
    (forms.DateInput, "date", "usa-input input-date"),
    (forms.TimeInput, "time", "usa-input input-date"),
    (forms.NumberInput, "number", "usa-input input-number"),
)
_NATIVE = {
    "date": ("date", "%Y-%m-%d"),
    "instant": ("datetime-local", "%Y-%m-%dT%H:%M"),
    "time": ("time", "%H:%M"),
}


def _kind_and_class(widget: forms.Widget) -> tuple[str, str]:
    for widget_class, kind, css in _KINDS:
        if isinstance(widget, widget_class):
            return kind, css
    return "text", "usa-input"


@register.filter
def field_kind(field: BoundField) -> str:
    """Which of the field templates fits: text, date, radios, checkboxes, checkbox, select, file …"""
    return _kind_and_class(field.field.widget)[0]


def _attributes(field: BoundField, css: str) -> dict[str, Any]:
    own = field.field.widget.attrs.get("class", "")
    attributes: dict[str, Any] = {"class": f"{css} {own}".strip()}
    if field.errors and css.startswith("usa-input"):
        attributes["class"] += " usa-input--error"
    return attributes


@register.simple_tag
def field_widget(field: BoundField) -> SafeString:
    """The field's control with the design system's class; dates get the browser's own date box."""
    kind, css = _kind_and_class(field.field.widget)
    widget = copy.deepcopy(field.field.widget)
    if kind in _NATIVE and isinstance(widget, forms.DateInput | forms.DateTimeInput | forms.TimeInput):
        widget.input_type, widget.format = _NATIVE[kind]
    attributes = _attributes(field, css)
    if has_counter(field):
        attributes["class"] += " usa-character-count__field"
    return field.as_widget(widget=widget, attrs=attributes)


@register.filter
def has_counter(field: BoundField) -> bool:
    """Long text with a limit shows how many letters are left."""
    return field_kind(field) == "textarea" and bool(getattr(field.field, "max_length", None))


@register.simple_tag
def choices(field: BoundField) -> list[BoundWidget]:
    """Each radio button or checkbox of a field, with its class, for a template to lay out."""
    css = _kind_and_class(field.field.widget)[1]
    attributes = field.build_widget_attrs({"id": field.auto_id, **_attributes(field, css)})
    widget = field.field.widget
    subwidgets = widget.subwidgets(field.html_name, field.value(), attrs=attributes)
    return [BoundWidget(widget, each, field.form.renderer) for each in subwidgets]


@register.filter
def first_id(field: BoundField) -> str:
    """The id a link in the error summary goes to: the control, or the first of a group."""
    if field_kind(field) in ("radios", "checkboxes"):
        return f"{field.auto_id}_0"
    return str(field.id_for_label or field.auto_id)


@register.filter
def needs_mark(field: BoundField) -> bool:
    """Whether the label carries the mark of a required field."""
    return field.field.required and field_kind(field) != "checkbox"


@register.filter
def any_required(form: forms.BaseForm) -> bool:
    return any(field.field.required for field in form.visible_fields())
