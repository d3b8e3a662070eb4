"""Checks that a pattern alone cannot make: amounts, recipients, jurisdictions, subjects, conditions."""

from . import breach, deletion, encryption, ferpa, law, statement
from .registry import BLANK, REGISTRY, Checked

__all__ = ["BLANK", "REGISTRY", "Checked", "breach", "deletion", "encryption", "ferpa", "law", "statement"]
