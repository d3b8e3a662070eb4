"""What each part of the reading adds: the own contracts and the clause pairs read with one part taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pairs
import reading as bench
from own_contracts import ALL, unpack

from contracts import reading
from contracts.reading import case, engine, judge, passages, structure


@contextmanager
def replaced(owner: Any, name: str, stand_in: Any) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, stand_in)
    try:
        yield
    finally:
        setattr(owner, name, kept)


def measure() -> str:
    met = said = hit = sure = wrong = rows = right = 0
    cases: list[tuple[dict[str, str], reading.Reading]] = []
    for path in sorted(bench.SETS.glob("*.txt")):
        text, labels = unpack(path.read_text(encoding="utf-8"))
        cases.append(({r: v for r, (v, _) in labels.items()}, reading.read_text(text, packs=bench.packs())))
    for requirement, verdict, clause in pairs.load_pairs():
        if pairs.half_of(clause) == "held":
            text = pairs.FRAME.format(heading="Terms", clause=clause)
            pack = [p for p in bench.packs() if any(q.id == requirement for q in p.requirements)]
            result = reading.read_text(text, packs=pack)
            only = tuple(f for f in result.findings if f.requirement == requirement)
            cases.append(({requirement: verdict}, reading.Reading(result.pages, only)))
    for labels, result in cases:
        for f in result.findings:
            if f.requirement not in ALL:
                continue
            truth = labels.get(f.requirement, "missing")
            rows += 1
            right += truth == f.verdict
            met += truth == "met"
            said += f.verdict == "met"
            hit += truth == f.verdict == "met"
            sure += f.verdict == "met" and f.sure
            wrong += f.verdict == "met" and f.sure and truth != "met"
    return (
        f"precision {hit / said:.3f}  recall {hit / met:.3f}  3-way {right / rows:.3f}  "
        f"sure {sure} wrong {wrong}  found and sure {(sure - wrong) / met:.3f}"
    )


def main() -> None:
    nothing: Callable[..., None] = lambda *_, **__: None  # noqa: E731
    none_external = lambda *_: False  # noqa: E731
    print("whole engine                     ", measure())
    with replaced(passages, "loose_hit", nothing):
        print("without unusual wordings         ", measure())
    with replaced(judge, "spoil", nothing), replaced(judge, "carve_outs", nothing):
        print("without what takes a promise back", measure())
    with replaced(structure, "mark_void", nothing), replaced(case, "points_outside", none_external):
        print("without void and outside passages", measure())
    with replaced(passages, "WEAK", passages.re.compile(r"(?!)")):
        print("without weak promises            ", measure())
    with replaced(engine.opinion, "give", nothing):
        print("without the second opinion       ", measure())
    with replaced(passages, "likeness", lambda *_: 0.0):
        print("without choosing by likeness     ", measure())


if __name__ == "__main__":
    main()
