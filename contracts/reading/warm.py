"""Imported by the process that readings are forked from: what is slow to make ready is made once, not for each."""

from __future__ import annotations

from . import files, meaning, opinion  # noqa: F401
from .grammar import load_every_grammar

load_every_grammar()
