"""Small contracts to read in tests."""

from __future__ import annotations

from contracts import reading
from policy.packs import load

FRAME = """AGREEMENT FOR ONLINE LEARNING SERVICES

This Agreement is made between the Ashby Valley Board of Education ("District") and Quillfern Learning, Inc. ("Vendor").

1. Services. Vendor supplies a reading programme to the pupils of the District. In doing so it receives student data, such as class rosters and student information about reading levels.

2. Terms. {clause}

3. Term. The term is one year. Invoices are due in thirty days. Student data elements are listed on the order.
"""
PACKS = {"ct": "ct-3520.13@2017", "ne": "ne-7400.1@2023", "bb": "ct-10-234@2018"}


def found(requirement: str, text: str) -> reading.Finding:
    """The finding for one requirement in a whole text."""
    result = reading.read_text(text, packs=[load(PACKS[requirement[:2]])])
    return next(f for f in result.findings if f.requirement == requirement)


def in_frame(requirement: str, clause: str) -> reading.Finding:
    """The finding for one requirement when this clause is all the contract says of it."""
    return found(requirement, FRAME.format(clause=clause))
