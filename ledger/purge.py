"""The only deleter of a case: what a retention rule or a court no longer keeps, and nothing that is held."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models.deletion import ProtectedError

from ledger.entries import Conflict, record
from ledger.models import Case, Document, Entry, HeldCase
from ledger.protection import case_key
from parties.models import User


def purge(*, case: Case, by: User | None, reason: str) -> int:
    """Destroy a case with everything that hangs on it, in all rooms, and its files.

    Its entries stay: they name no person, and prove that it was destroyed, when and on what ground. Effects:
    the rows of every table with the case's id and their field history, one Entry, the files after commit.
    Raises Conflict while a hold names the case. Returns the number of rows.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        if HeldCase.objects.filter(case=locked).exists():
            raise Conflict(
                "A litigation hold keeps this case. It can be destroyed when the hold is released."
            )
        files = list(Document.objects.filter(case=locked).values_list("file", flat=True))
        label, pk, district = f"{locked.kind} {locked.number}", locked.pk, locked.district
        rows = delete_children(locked) + locked.delete()[0]
        for model, name in histories():
            rows += model._base_manager.filter(**{name: pk}).delete()[0]
        record(
            "case-purged", by=by, district=district, reason=reason, number=label, rows=rows, files=len(files)
        )
        for file in files:
            transaction.on_commit(partial(default_storage.delete, file), robust=True)
    return rows


def purge_documents(*, case: Case, kinds: Collection[str], reason: str) -> int:
    """Destroy the files of these kinds, and nothing else of the case: copies that named people, for example.

    Effects: their rows, the files after commit, one Entry with their hashes. Returns how many. Raises
    Conflict while a hold names the case.
    """
    with transaction.atomic():
        found = Document.objects.filter(case=case, kind__in=kinds)
        files = list(found.order_by("pk").values_list("file", "sha256"))
        if not files:
            return 0
        if HeldCase.objects.filter(case=case).exists():
            raise Conflict("A litigation hold keeps these files. They can be destroyed when it is released.")
        found.delete()
        record("files-purged", by=None, case=case, reason=reason, hashes=[digest for _, digest in files])
        for file, _digest in files:
            transaction.on_commit(partial(default_storage.delete, file), robust=True)
    return len(files)


def delete_children(case: Case) -> int:
    """Delete row by row class, those that protect others first: whoever is refused has another try."""
    waiting, rows = list(children()), 0
    while waiting:
        refused = []
        for model, name in waiting:
            try:
                with transaction.atomic():
                    rows += model._base_manager.filter(**{name: case.pk}).delete()[0]
            except ProtectedError:
                refused.append((model, name))
        if len(refused) == len(waiting):
            names = ", ".join(sorted(str(model._meta.verbose_name) for model, _ in refused))
            raise Conflict(f"Another case still needs what this one holds ({names}).")
        waiting = refused
    return rows


def children() -> Iterator[tuple[type[models.Model], str]]:
    """The tables that carry a case's id, but for the case itself, its entries and field histories."""
    for model in apps.get_models():
        key = case_key(model)
        if key and model not in (Case, Entry) and not hasattr(model, "instance_type"):
            yield model, key.attname


def histories() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        key = case_key(model)
        if key and hasattr(model, "instance_type"):
            yield model, key.attname
