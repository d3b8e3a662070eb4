"""Seven languages: every fixed word of the families' site, of notices and messages is translated."""

from __future__ import annotations

import ast
import gettext as catalogs
import io
import re
from pathlib import Path

import page
import pikepdf
import pypdfium2
import pytest
from django.conf import settings
from django.utils.translation import gettext, override, to_locale
from django.utils.translation.template import templatize

from breaches.forms import OpenReportForm
from notices.elements import SCHEDULE
from notices.facts import facts_of, words_of
from notices.letters import letters_pdf
from notices.models import Part
from notices.phrases import PURPOSES, element_words
from parties.access import acting_in
from tests.factories import member
from tests.notices.factories import make_district, make_notice, make_posting

LANGUAGES = ["en", "es", "pt-br", "ar", "zh-hans", "pl", "ht"]
OTHERS = LANGUAGES[1:]
ROOT = Path(settings.BASE_DIR)
PUBLIC_TEMPLATES = [
    *sorted((ROOT / "templates/public").glob("*.html")),
    *sorted((ROOT / "templates/notices/mail").glob("*")),
    ROOT / "templates/notices/sections.html",
    ROOT / "templates/public_base.html",
    ROOT / "templates/components/language_list.html",
    ROOT / "templates/components/pager.html",
    ROOT / "templates/components/error_summary.html",
]
PUBLIC_TEMPLATES += [ROOT / f"templates/{name}.html" for name in ("400", "403_csrf", "404", "500")]
PUBLIC_TEMPLATES += [
    ROOT / f"templates/breaches/{name}.html" for name in ("open_report", "received", "_new_form")
]
PUBLIC_MODULES = [
    *(ROOT / f"notices/{name}.py" for name in (
        "public_views", "public_forms", "feeds", "facts", "rendering", "phrases", "followers",
        "public_access",
    )),
    ROOT / "breaches/views/public.py",
    ROOT / "breaches/said.py",
]  # fmt: skip
STAFF_ONLY = {  # refusals of verbs that no form of the public site leads to
    "Choose one of the answers.", "Choose the districts whose data it is about.",
    "Choose a vendor of this district.", "This time is in the future.", "Check the year.",
    "Give the time with its UTC offset, for example -05:00 or Z.",
}  # fmt: skip
CALL = re.compile(r"(\w*gettext|\b_)\((.*?)\)(?=\s|X|$)", re.DOTALL)
WORDS = re.compile(r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.DOTALL)


def sentences_of(template):
    """Every sentence of `translate`, `blocktranslate` and `_()` in a template, as the catalogs name it."""
    for called in CALL.finditer(templatize(template.read_text())):
        found = [ast.literal_eval(words) for words in WORDS.findall(called[2])]
        if found:  # nothing is found where a template translates a variable
            yield found[1] if called[1] == "pgettext" else found[0]


def sentences_in(module):
    for call in ast.walk(ast.parse(module.read_text())):
        name = getattr(getattr(call, "func", None), "id", "")
        if name in ("_", "gettext", "gettext_lazy", "ngettext", "pgettext"):
            words = call.args[1] if name == "pgettext" else call.args[0]
            if isinstance(words, ast.Constant):
                yield words.value


def catalog(language):
    path = ROOT / "locale" / to_locale(language) / "LC_MESSAGES/django.mo"
    with path.open("rb") as file:
        return catalogs.GNUTranslations(file)._catalog


def known_words(language):
    names = (key[0] if isinstance(key, tuple) else key for key in catalog(language))
    return {name.rpartition("\x04")[2] for name in names}


@pytest.mark.parametrize("language", OTHERS)
def test_every_kind_of_data_purpose_and_part_has_its_words(language):
    known = catalog(language)
    with override("en"):
        wanted = {str(e.label) for e in SCHEDULE.values()} | {str(part.label) for part in list(Part)[2:]}
        wanted |= {str(words) for code, words in PURPOSES.items() if code != "other"}
    assert sorted(wanted - set(known)) == []
    assert "purpose\x04Other school work" in known


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("template", PUBLIC_TEMPLATES, ids=lambda path: path.stem)
def test_every_sentence_of_a_public_template_is_translated(language, template):
    assert sorted(set(sentences_of(template)) - known_words(language)) == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("module", PUBLIC_MODULES, ids=lambda path: path.stem)
def test_every_sentence_that_a_public_page_takes_from_code_is_translated(language, module):
    assert sorted(set(sentences_in(module)) - known_words(language) - STAFF_ONLY) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_field_of_the_public_report_of_a_breach_is_translated(language):
    with override("en"):
        fields = OpenReportForm(vendor=None).fields.values()
        said = {str(words) for field in fields for words in (field.label, field.help_text) if words}
    assert sorted(said - known_words(language)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_fuzzy_or_left_empty(language):
    written = (ROOT / "locale" / to_locale(language) / "LC_MESSAGES/django.po").read_text()
    assert "fuzzy" not in written
    entries = written.split("\n\n")[1:]
    assert [entry for entry in entries if re.search(r'msgstr(\[\d\])? ""\s*$', entry)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalog_is_the_one_that_people_read(language):
    folder = ROOT / "locale" / to_locale(language) / "LC_MESSAGES"
    written = re.findall(r'^msgid "(.+)"$', (folder / "django.po").read_text(), re.MULTILINE)
    compiled = {key[0] if isinstance(key, tuple) else key.rpartition("\x04")[2] for key in catalog(language)}
    assert {text.replace('\\"', '"') for text in written} == compiled - {""}


@pytest.mark.django_db
@pytest.mark.parametrize("language", OTHERS)
def test_a_notice_made_of_ticked_boxes_is_whole_in_each_language(language):
    district = make_district(languages=LANGUAGES)
    notice = make_notice(
        district, by=member(district), elements=["grade-level", "photo"], purpose="", description=""
    )
    section = notice.sections.get()
    section.purposes = ["practice"]
    section.save()
    words = words_of(facts_of(notice), language)
    english = words_of(facts_of(notice), "en")
    (theirs,), (ours,) = words.sections, english.sections
    assert words.title != english.title
    assert not set(theirs.elements) & set(ours.elements)
    assert not set(theirs.purposes) & set(ours.purposes)


@pytest.mark.django_db
def test_free_text_without_translation_is_shown_in_english_with_a_line_that_says_so():
    district = make_district(languages=LANGUAGES, contact_phone="860-555-0100")
    notice = make_notice(district, by=member(district))
    section = words_of(facts_of(notice), "pl").sections[0]
    assert section.description.body == "Online math practice."
    assert section.description.missing.startswith("Ta część nie jest jeszcze przetłumaczona.")
    assert "860-555-0100" in section.description.missing


def test_kinds_of_data_keep_the_order_of_the_schedule():
    with override("en"):
        assert element_words(["photo", "student-name", "none"]) == ["Student's name", "Photographs"]


def text_of(content):
    return "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(content))


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_of_a_notice_is_accessible_in_each_language(client, language):
    district = make_district(slug="northfield", languages=LANGUAGES)
    posting = make_posting(district)
    with acting_in():
        made = client.get(f"/northfield/{language}/n/{posting.number}/notice.pdf").content
    report = page.validate_pdf_bytes(made, profile="ua1")
    assert [failure.message for failure in report.failures] == []
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert str(pdf.Root.Lang).lower() == language
        assert pdf.Root.MarkInfo.Marked
    with override(language):
        word = gettext("Questions?")
    if language != "ar":  # Arabic letters are stored in their joined shapes
        assert word.replace(" ", "") in text_of(made).replace(" ", "").replace("\r\n", "")


@pytest.mark.django_db
def test_letters_are_accessible_and_each_in_its_readers_language():
    from notices.issue import issue_notice
    from roster.models import Guardian

    district = make_district(languages=LANGUAGES, families=2)
    first, second = Guardian.objects.filter(district=district).order_by("pk")
    Guardian.objects.filter(district=district).update(email="", postal_address="5 Elm Street\nNorthfield, CT")
    second.refresh_from_db()
    second.language = "es"
    second.save()
    by = member(district)
    notice = issue_notice(make_notice(district, by=by), by=by)
    made = letters_pdf(notice, list(notice.message.deliveries.order_by("pk")))
    assert [failure.message for failure in page.validate_pdf_bytes(made, profile="ua1").failures] == []
    said = text_of(made)
    assert first.name in said
    assert "5 Elm Street" in said
    assert "firmó un contrato" in said
