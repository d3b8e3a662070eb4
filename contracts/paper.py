"""The bytes of a paper, for those who must read or draw it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.documents import open_document, shown_copy
from ledger.models import Document


@contextmanager
def local_copy(document: Document) -> Iterator[Path]:
    """The file to read, with its proper ending, in a folder that goes away."""
    shown = shown_copy(document)
    ending = document.name.rpartition(".")[2].lower()
    with tempfile.TemporaryDirectory() as folder, open_document(shown) as file:
        path = Path(folder) / f"paper.{ending}"
        with path.open("wb") as out:
            shutil.copyfileobj(file, out)
        yield path
