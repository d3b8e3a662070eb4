"""Short clause pairs (met, near-miss, beside the point) put into small frames, and how the reading fares on them.

    python bench/pairs.py [--half dev|held|all] [--show]
    python bench/pairs.py --bank dev|held|near [--only ct-06]   the clause bank (all of it was worked on)

A line of `bench/sets/*/*.txt` is `requirement verdict | clause` (m, d or x for met, deficient, missing). The
pairs are split in two halves by a digest of the clause: one to work on, one only ever counted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from contracts import reading
from policy.packs import load

VERDICT = {"m": "met", "d": "deficient", "x": "missing"}
FRAME = """AGREEMENT FOR ONLINE LEARNING SERVICES

This Agreement is made between the Ashby Valley Board of Education ("District", "Board", "LEA", "Customer") and Quillfern Learning, Inc. ("Vendor", "Contractor", "Provider", "Company", "Operator").

1. Services. Vendor supplies a reading programme to the pupils of the District. In doing so it receives student data, such as class rosters and student information about reading levels.

2. {heading}. {clause}

3. Term. The term is one year. Invoices are due in thirty days. Student data elements are listed on the order.
"""


def half_of(clause: str) -> str:
    return "held" if hashlib.sha256(clause.encode()).digest()[0] % 2 else "dev"


def load_pairs(name: str = "*") -> list[tuple[str, str, str]]:
    rows = []
    for path in sorted((ROOT / "bench" / "sets").glob(f"pairs/{name}.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            head, _, clause = line.partition(" | ")
            if clause:
                requirement, verdict = head.split()
                rows.append((requirement, VERDICT[verdict], clause.strip()))
    return rows


def load_bank(half: str) -> list[tuple[str, str, str]]:
    """The clause bank, in many voices, by writers who saw no rule: some 34 clauses a requirement and half, and
    60 more, half of them near misses."""
    rows = []
    for path in sorted((ROOT / "bench" / "sets" / "bank").glob(f"*.{half}.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows.append((row["requirement"], row["verdict"], row["text"]))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", default="dev")
    parser.add_argument("--only", default="")
    parser.add_argument("--set", default="*", help="one file of bench/sets/pairs, without its ending")
    parser.add_argument("--bank", choices=("dev", "held", "near"))
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    rules = [load("ct-3520.13@2017"), load("ne-7400.1@2023")]
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    sure = Counter()
    rows = load_bank(options.bank) if options.bank else load_pairs(options.set)
    for requirement, truth, clause in rows:
        if not requirement.startswith(options.only):
            continue
        if not options.bank and options.half not in ("all", half_of(clause)):
            continue
        text = FRAME.format(heading="Terms", clause=clause)
        result = reading.read_text(
            text, packs=[r for r in rules if any(q.id == requirement for q in r.requirements)]
        )
        found = next(f for f in result.findings if f.requirement == requirement)
        kind = (
            "right"
            if found.verdict == truth
            else ("DANGER" if found.verdict == "met" else "lost" if truth == "met" else "mixed")
        )
        tally[requirement][kind] += 1
        if found.verdict == "met" and found.sure:
            sure["right" if truth == "met" else "wrong"] += 1
        sure["met"] += truth == "met"
        if options.show and kind != "right":
            print(f"{kind:6} {requirement} {truth}->{found.verdict} ({found.why}) | {clause}")
    total = sum(tally.values(), Counter())
    print({k: total[k] for k in ("right", "lost", "DANGER", "mixed")}, "sure met", dict(sure))


if __name__ == "__main__":
    main()
