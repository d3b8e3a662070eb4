"""Train the weight vectors of `contracts/reading/minilm/heads.json` from our own labelled clauses.

python bench/heads.py [--corpus DIR] [--without SET] [--out FILE]

Learns from the clause bank's `dev` half, the clause pairs and the strangers' contracts (and a labelled corpus, if
given); never from the bank's `held` half, which only measures. Deterministic: no random start, fixed steps.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from pairs import FRAME, load_pairs

from contracts.reading import meaning
from contracts.reading.engine import Draft
from contracts.reading.model import Page

BANK = ROOT / "bench" / "sets" / "bank"
STRANGERS = ROOT / "bench" / "sets" / "strangers"
FRAME_WORDS = (
    "reading programme",
    "the term is",
    "invoices are",
    "elements are listed",
    "is made between",
    "in doing so it receives",
)
Example = tuple[str, str, bool, str]  # set, requirement, whether it is met, the clause as the model hears it


def draft_of(text: str) -> Draft:
    return Draft([Page(1, 0.0, 0.0, text, "flow")])


def framed(clause: str) -> str:
    """A clause put into the pairs' frame, in the common tongue, without the frame's own sentences."""
    units = draft_of(FRAME.format(heading="Terms", clause=clause)).outline.units
    return meaning.spoken(
        " ".join(u.canon for u in units if u.kind != "heading" and not any(w in u.canon for w in FRAME_WORDS))
    )


def bank(half: str) -> list[Example]:
    out = []
    for path in sorted(BANK.glob(f"*.{half}.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            out.append((f"bank-{half}", row["requirement"], row["verdict"] == "met", framed(row["text"])))
    return out


def quoted(name: str, folder: Path) -> list[Example]:
    """The labelled quotes of whole contracts, as the reading hears them."""
    drafts: dict[str, Draft] = {}
    out = []
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if not row["quotes"]:
            continue
        if row["doc"] not in drafts:
            text = (folder / "texts" / f"{row['doc']}.txt").read_text(encoding="utf-8")
            drafts[row["doc"]] = draft_of(text.split("\n", 1)[1] if text.startswith("# SOURCE:") else text)
        wanted = [" ".join(q.split()) for q in row["quotes"]]
        said = [
            u.canon
            for u in drafts[row["doc"]].outline.units
            if any(covers(q, " ".join(u.text.split())) for q in wanted)
        ]
        if said:
            out.append((name, row["requirement"], row["verdict"] == "met", meaning.spoken(" ".join(said))))
    return out


def covers(quote: str, unit: str) -> bool:
    return len(unit) > 15 and (unit in quote or quote in unit or (len(unit) > 40 and unit[:40] in quote))


def fit(vectors: Any, met: Any, weight: Any, steps: int = 300, decay: float = 0.02) -> Any:
    """Logistic regression by plain gradient steps."""
    inputs = numpy.c_[vectors * 4, numpy.ones(len(vectors))]
    out = numpy.zeros(inputs.shape[1])
    for _ in range(steps):
        wrong = 1 / (1 + numpy.exp(-inputs @ out)) - met
        slope = inputs.T @ (weight * wrong) / weight.sum() + decay * 10 * numpy.r_[out[:-1], 0] / len(out)
        out -= 1.5 * slope
    return out


def train(examples: list[Example], vectors: Any) -> dict[str, list[float]]:
    heads = {}
    for name in sorted({e[1] for e in examples if re.match(r"(?:ct|ne)-", e[1])}):
        own = [i for i, e in enumerate(examples) if e[1] == name]
        other = [i for i, e in enumerate(examples) if e[1] != name and e[0] != "pairs"][::7]
        met = numpy.r_[[float(examples[i][2]) for i in own], numpy.zeros(len(other))]
        weight = numpy.r_[numpy.ones(len(own)), numpy.full(len(other), 0.3)]
        heads[name] = [round(float(x), 4) for x in fit(vectors[own + other].astype(float), met, weight)]
    return heads


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--without", default="")
    parser.add_argument("--out", type=Path, default=ROOT / "contracts" / "reading" / "minilm" / "heads.json")
    options = parser.parse_args()
    verdict = {"met": True}
    examples = bank("dev") + [("pairs", r, verdict.get(v, False), framed(c)) for r, v, c in load_pairs()]
    examples += quoted("strangers", STRANGERS)
    if options.corpus:
        examples += quoted("corpus", options.corpus)
    examples = [e for e in examples if e[0] != options.without]
    heads = train(examples, meaning.vectors([e[3] for e in examples]))
    options.out.write_text(json.dumps(heads, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(examples)} examples, {len(heads)} requirements")


if __name__ == "__main__":
    main()
