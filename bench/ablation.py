"""What each part of the reading adds: a set of labelled contracts read with one part taken out at a time.

python bench/ablation.py [FOLDER of labels.jsonl and texts/]      prints the table of docs/reading.md
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import reading as bench
from teach import labelled

from contracts import reading
from contracts.reading import case, judge, opinion, passages, structure

NOTHING: Callable[..., None] = lambda *_, **__: None  # noqa: E731
NEVER = passages.re.compile(r"(?!)")
WITHOUT: dict[str, list[tuple[Any, str, Any]]] = {
    "whole engine": [],
    "without unusual wordings": [(passages, "loose_hit", NOTHING)],
    "without what takes a promise back": [(judge, "spoil", NOTHING), (judge, "carve_outs", NOTHING)],
    "without void and outside passages": [
        (structure, "mark_void", NOTHING),
        (case, "points_outside", lambda *_: False),
    ],
    "without weak promises": [(passages, "WEAK", NEVER)],
    "without the second opinion": [(opinion, "give", NOTHING)],
    "without choosing by likeness": [(passages, "likeness", lambda *_: 0.0)],
}


@contextmanager
def replaced(owner: Any, name: str, stand_in: Any) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, stand_in)
    try:
        yield
    finally:
        setattr(owner, name, kept)


def measure(folder: Path) -> str:
    met = said = hit = sure = wrong = rows = right = 0
    for doc, labels in labelled(folder).items():
        text = bench.without_source((folder / "texts" / f"{doc}.txt").read_text(encoding="utf-8"))
        for f in reading.read_text(text, packs=bench.packs()).findings:
            if f.requirement not in labels:
                continue
            truth = labels[f.requirement][0]
            rows += 1
            right += truth == f.verdict
            met += truth == "met"
            said += f.verdict == "met"
            hit += truth == f.verdict == "met"
            sure += f.verdict == "met" and f.sure
            wrong += f.verdict == "met" and f.sure and truth != "met"
    return (
        f"{hit / said:.3f} | {hit / met:.3f} | {right / rows:.3f} | "
        f"{sure}, {wrong} ({wrong / sure:.1%}) | {(sure - wrong) / met:.3f}"
    )


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else bench.ROOT / "bench" / "sets" / "tenth"
    print("| reading | precision | recall | three verdicts right | sure, wrong | found and sure |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, parts in WITHOUT.items():
        with ExitStack() as stack:
            for owner, attribute, stand_in in parts:
                stack.enter_context(replaced(owner, attribute, stand_in))
            print(f"| {name} | {measure(folder)} |", flush=True)


if __name__ == "__main__":
    main()
