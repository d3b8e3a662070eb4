"""Whole contracts with labels in their margins, turned into the scorer's texts and labels.

    python bench/own_contracts.py OUT      writes OUT/texts/*.txt and OUT/labels.jsonl from bench/sets/contracts

A paragraph that begins `[[ct-01 m; ne-II-B d]]` carries those labels (m met, d deficient); `[[= ct-08 d]]` on a
line of its own labels a row by the paragraph above. Requirements without a label are missing.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERDICT = {"m": "met", "d": "deficient", "x": "missing"}
ROMAN = {"I": "ABCDEFGH", "II": "ABC", "III": "ABC", "IV": "ABCD"}
ALL = [f"ct-{n:02}" for n in range(1, 12)] + [f"ne-{s}-{c}" for s, letters in ROMAN.items() for c in letters]
MARK = re.compile(r"^\[\[(=?)([^\]]+)\]\]\s*")


def unpack(source: str) -> tuple[str, dict[str, tuple[str, list[str]]]]:
    """The plain text, and for each labelled requirement its verdict and quotes."""
    lines, labels, last = [], {}, ""
    for line in source.splitlines():
        match = MARK.match(line)
        body = MARK.sub("", line)
        if match and not match.group(1):
            last = body
        if match:
            for label in match.group(2).split(";"):
                requirement, verdict = label.split()
                quotes = labels.get(requirement, ("", []))[1]
                labels[requirement] = (VERDICT[verdict], [*quotes, " ".join(last.split())])
        if not (match and match.group(1)):
            lines.append(body)
    return "\n".join(lines) + "\n", labels


def main() -> None:
    if len(sys.argv) < 2:
        for path in sorted((ROOT / "bench" / "sets" / "contracts").glob("*.txt")):
            print(path.stem, len(unpack(path.read_text(encoding="utf-8"))[1]), "labelled rows")
        return
    out = Path(sys.argv[1])
    (out / "texts").mkdir(parents=True, exist_ok=True)
    rows = []
    for path in sorted((ROOT / "bench" / "sets" / "contracts").glob("*.txt")):
        text, labels = unpack(path.read_text(encoding="utf-8"))
        (out / "texts" / path.name).write_text(text, encoding="utf-8")
        for requirement in ALL:
            verdict, quotes = labels.get(requirement, ("missing", []))
            rows.append({"doc": path.stem, "requirement": requirement, "verdict": verdict, "quotes": quotes})
    (out / "labels.jsonl").write_text("\n".join(json.dumps(r) for r in rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
