from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from contracts.intake import change_terms, open_vendor_file, receive_instrument, record_contract
from contracts.models import Contract, Instrument, VendorFile
from ledger.entries import Conflict
from ledger.models import Case, Document, Entry, Job
from parties.models import Vendor
from tests.contracts.making import a_contract, adopt, pdf, terms, with_paper
from tests.contracts.papers import agreement_pdf
from tests.factories import DistrictFactory, SchoolFactory, VendorFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def custodian(district):
    return member(district)


def test_a_vendor_is_found_by_name_and_gets_one_file_a_district(district, custodian):
    first = open_vendor_file(district=district, name="Lumen Reading, Inc.", kind="operator", by=custodian)
    again = open_vendor_file(district=district, name="LUMEN READING, INC.", kind="operator", by=custodian)
    assert first.pk == again.pk
    assert Vendor.objects.count() == 1
    assert list(first.vendor.districts.all()) == [district]
    assert Entry.objects.filter(act="vendor-file-opened").count() == 1


def test_a_second_district_does_not_overwrite_what_the_first_knows_of_a_vendor(district, custodian):
    VendorFactory(name="Lumen", contact_email="privacy@lumen.example", website="")
    opened = open_vendor_file(
        district=district, name="Lumen", kind="operator", by=custodian,
        contact_email="other@lumen.example", website="https://lumen.example",
    )  # fmt: skip
    assert opened.vendor.contact_email == "privacy@lumen.example"
    assert opened.contact_email == "other@lumen.example", "mail goes where this district writes to"
    assert opened.vendor.website == "https://lumen.example"


def test_a_contract_gets_the_next_number_and_its_data_elements(district, custodian):
    contract = a_contract(district, custodian)
    assert contract.case.kind == "contract"
    assert contract.case.number.endswith("-0001")
    assert contract.status == "draft"
    assert contract.conformity == "unread"
    assert [row.code for row in contract.elements.all()] == ["student-name", "grade-level", "student-work"]
    assert contract.case.related.get() == contract.vendor_file.case


@pytest.mark.obligation("L-11")
def test_a_contract_outside_the_policy_needs_a_reason(district, custodian):
    file = open_vendor_file(district=district, name="Lumen", kind="operator", by=custodian)
    with pytest.raises(ValidationError) as refused:
        record_contract(file, terms=terms(district, scope="general_audience"), by=custodian)
    assert list(refused.value.error_dict) == ["scope_reason"]
    assert Contract.objects.count() == 0
    assert Case.objects.filter(kind="contract").count() == 0


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("product", {"product": " "}),
        ("product", {"product": "x" * 201}),
        ("purpose_kind", {"purpose_kind": "fun"}),
        ("ends_on", {"starts_on": date(2026, 7, 1), "ends_on": date(2026, 6, 30)}),
        ("ends_on", {"ends_on": date(2999, 1, 1)}),
        ("elements", {"elements": ["shoe-size"]}),
        ("elements", {"elements": ["none"]}),
        ("elements", {"elements": []}),
        ("schools", {"all_schools": False}),
        ("purpose", {"purpose": ""}),
        ("agreed_breach_hours", {"agreed_breach_hours": 0}),
        ("renewal", {"renewal": "sometimes"}),
    ],
)
def test_terms_that_cannot_be_are_refused_beside_their_field(district, custodian, field, changes):
    contract = a_contract(district, custodian)
    with pytest.raises(ValidationError) as refused:
        change_terms(contract, terms=terms(district, **changes), by=custodian)
    assert list(refused.value.error_dict) == [field]
    contract.refresh_from_db()
    assert contract.product == "Lumen Reading"


def test_schools_of_another_district_are_refused(district, custodian):
    contract = a_contract(district, custodian)
    other = SchoolFactory()
    with pytest.raises(ValidationError) as refused:
        change_terms(contract, terms=terms(district, all_schools=False, schools=[other]), by=custodian)
    assert list(refused.value.error_dict) == ["schools"]


def test_changed_terms_are_named_in_the_record_and_kept_in_history(district, custodian):
    contract = a_contract(district, custodian)
    change_terms(contract, terms=terms(district, purpose="Tests", elements=["student-name"]), by=custodian)
    entry = Entry.objects.get(act="terms-changed")
    assert entry.facts["changed"] == ["purpose", "elements"]
    assert [row.purpose for row in contract.history.all()] == ["Tests", "Practice in reading"]


def test_a_paper_is_kept_with_its_hash_and_waits_to_be_read(district, custodian):
    paper = with_paper(a_contract(district, custodian), custodian)
    assert len(paper.document.sha256) == 64
    job = Job.objects.get(kind="reading")
    assert (job.document, job.status) == (paper.document, "waiting")
    assert Entry.objects.get(act="instrument-received").facts["sha256"] == paper.document.sha256


def test_a_better_copy_replaces_the_unsigned_paper_and_both_files_stay(district, custodian):
    contract = a_contract(district, custodian)
    first = with_paper(contract, custodian)
    second = with_paper(contract, custodian, agreement_pdf(extra="A better scan."))
    assert first.pk == second.pk
    assert Document.objects.filter(case=contract.case, kind="contract").count() == 2


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("kind", {"kind": "letter"}),
        ("agreed_how", {"agreed_how": "shouted"}),
        ("upload", {"upload": None}),
        ("terms_address", {"agreed_how": "clicked"}),
        ("changes", {"changes": ["everything"]}),
    ],
)
def test_a_paper_that_says_too_little_is_refused(district, custodian, field, changes):
    contract = a_contract(district, custodian)
    with pytest.raises(ValidationError) as refused:
        with_paper(contract, custodian, **changes)
    assert list(refused.value.error_dict) == [field]
    assert Instrument.objects.count() == 0
    assert Document.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.pdf", b"<html><script>alert(1)</script></html>"),
        ("empty.pdf", b""),
        ("cut.pdf", agreement_pdf()[:4000]),
        ("run.exe", b"MZ"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_nothing_behind(district, custodian, name, content):
    contract = a_contract(district, custodian)
    with pytest.raises(ValidationError) as refused:
        with_paper(contract, custodian, upload=pdf(content, name) if content else _empty(name))
    assert list(refused.value.error_dict) == ["file"]
    assert Instrument.objects.count() == 0
    assert Document.objects.count() == 0


def _empty(name):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, b"")


def test_the_same_file_cannot_be_two_papers(district, custodian):
    contract = a_contract(district, custodian)
    with_paper(contract, custodian)
    with pytest.raises(ValidationError, match="already here"):
        with_paper(contract, custodian, kind="amendment", changes=["data"])


def test_a_viewer_may_not_add_anything(district, custodian):
    contract = a_contract(district, custodian)
    viewer = member(district, "viewer")
    with pytest.raises(PermissionDenied):
        with_paper(contract, viewer)
    with pytest.raises(PermissionDenied):
        change_terms(contract, terms=terms(district), by=viewer)
    with pytest.raises(PermissionDenied):
        open_vendor_file(district=district, name="Lumen", kind="operator", by=viewer)


def test_a_custodian_of_another_district_may_not_add_anything(district, custodian):
    contract = a_contract(district, custodian)
    stranger = member(DistrictFactory())
    with pytest.raises(PermissionDenied):
        with_paper(contract, stranger)
    assert list(Contract.objects.for_user(stranger)) == []
    assert list(VendorFile.objects.for_user(stranger)) == []
    assert list(Instrument.objects.for_user(stranger)) == []


def test_the_bound_original_is_not_replaced(district, custodian):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    Instrument.objects.filter(pk=paper.pk).update(executed_on=date(2026, 11, 16))
    with pytest.raises(Conflict, match="amendment"):
        with_paper(contract, custodian, agreement_pdf(extra="Another."))


def test_an_automatic_renewal_needs_no_paper(district, custodian):
    contract = a_contract(district, custodian)
    adopt(district, custodian)
    paper = receive_instrument(
        contract, kind="automatic_renewal", agreed_how="signed", upload=None, by=custodian
    )
    assert paper.document is None
    assert Job.objects.count() == 0
