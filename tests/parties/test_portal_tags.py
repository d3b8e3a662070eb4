"""Form fields and components come out of plain templates, with every label, hint and error in its place."""

from django import forms
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template

from parties.templatetags.portal import bar_chart, page_picture, verdict


class Paper(forms.Form):
    name = forms.CharField(help_text="As families know it")
    signed = forms.DateField()
    agreed = forms.ChoiceField(
        choices=[("signed", "Signed"), ("clicked", "Clicked")], widget=forms.RadioSelect
    )
    elements = forms.MultipleChoiceField(
        choices=[("name", "Name"), ("grade", "Grade")], widget=forms.CheckboxSelectMultiple, required=False
    )
    words = forms.CharField(max_length=300, widget=forms.Textarea, required=False)
    sure = forms.BooleanField()
    reference = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_date_is_the_browsers_own_date_box_in_iso_form():
    html = Paper(initial={"signed": "2026-11-16"})["signed"].as_field_group()
    assert 'type="date"' in html
    assert 'value="2026-11-16"' in html


def test_a_choice_has_one_legend_and_no_answer_is_chosen():
    html = Paper()["agreed"].as_field_group()
    assert html.count("<legend") == 1
    assert html.count('type="radio"') == 2
    assert "checked" not in html
    assert 'for="id_agreed_1"' in html


def test_what_was_ticked_stays_ticked_after_an_error():
    html = Paper({"elements": ["grade"]})["elements"].as_field_group()
    assert html.count("checked") == 1
    assert html.index('value="grade"') < html.index("checked")


def test_a_refused_form_lists_its_errors_with_links_and_marks_the_fields():
    html = str(Paper({"name": "", "agreed": "never"}))
    assert '<a href="#id_name">Name: This field is required.</a>' in html
    assert 'href="#id_agreed_0"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html


def test_an_unsent_form_has_no_error_summary_and_keeps_its_hidden_field():
    html = str(Paper())
    assert "error-summary" not in html
    assert html.count('name="reference"') == 1


def test_long_text_says_how_many_letters_fit():
    html = Paper()["words"].as_field_group()
    assert "Up to 300 letters" in html
    assert 'maxlength="300"' in html


def test_typed_words_are_escaped():
    html = Paper({"name": '<b>"x"</b>'})["name"].as_field_group()
    assert "<b>" not in html


def words(found, **more):
    return [chip["word"] for chip in verdict(found, **more)["chips"]]


def test_a_verdict_says_what_the_machine_found_and_what_a_person_decided():
    assert words("met", page=3) == ["Has it, page 3"]
    assert words("met", page=2, sure=False) == ["Has it, page 2", "Please check"]
    assert words("met", sure=False, scan=True) == ["Has it", "Please check, read from a scan"]
    assert words("deficient", page=1) == ["Falls short, page 1"]
    assert words("missing", page=1) == ["Not found"]
    assert words("met", sure=False, decided="confirmed") == ["Has it", "Confirmed"]
    assert words("missing", decided="not_applicable") == ["Not found", "Not applicable"]


def test_zooming_is_another_view_of_the_same_picture():
    rects = [(72, 316, 466, 327), (72, 329, 400, 340)]
    whole = page_picture("/p.png", 612, 792, rects, "Page 3")
    near = page_picture("/p.png", 612, 792, rects, "Page 3", zoom=True)
    assert whole["box"] == "0 0.0 612.0 792.0"
    assert near["box"] == "0 163.0 612.0 330.0"
    assert near["rects"][0] == {"x": 72, "y": 316, "width": 394, "height": 11, "kind": "hl"}


def test_zooming_stays_on_the_page():
    low = page_picture("/p.png", 612, 792, [(72, 770, 400, 785)], "Page 3", zoom=True)
    assert low["box"] == "0 462.0 612.0 330.0"


def test_a_chart_carries_its_takeaway_and_its_numbers():
    html = Template('{% load portal %}{% bar_chart rows "Most are in order." "School" "Contracts" %}').render(
        Context({"rows": [("Hill", 4), ("Oak", 0)]})
    )
    assert "<figcaption>Most are in order.</figcaption>" in html
    assert '<th scope="row">Hill</th><td class="number">4</td>' in html
    assert "style=" not in html
    assert bar_chart([], "Nothing.", "School", "Contracts")["bars"] == []


def test_the_pager_keeps_the_search(rf):
    html = Template('{% include "components/pager.html" %}').render(
        RequestContext(rf.get("/?q=math&page=4"), {"page_obj": Paginator(range(212), 10).page(4)})
    )
    assert 'href="?q=math&amp;page=5"' in html
    assert 'aria-current="page">4<' in html
