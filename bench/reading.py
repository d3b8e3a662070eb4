"""Read every contract in a folder against the packs and write the findings in the scorer's format.

python bench/reading.py --texts DIR --out predictions.jsonl
python bench/reading.py --files DIR --out predictions.jsonl
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from contracts import reading
from policy.packs import Pack, load


def packs() -> list[Pack]:
    return [load("ct-3520.13@2017"), load("ne-7400.1@2023")]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--files", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rules = packs()
    rows, spent = [], 0.0
    names = sorted((options.texts or options.files).iterdir())
    for path in names:
        if options.texts and path.suffix != ".txt":
            continue
        started = time.perf_counter()
        if options.texts:
            text = path.read_text(encoding="utf-8")
            if text.startswith("# SOURCE:"):
                text = text.split("\n", 1)[1]
            result = reading.read_text(text, packs=rules)
        else:
            try:
                result = reading.read(path, packs=rules)
            except reading.Unreadable as refused:
                print(f"{path.name}: {refused}", file=sys.stderr)
                continue
        spent += time.perf_counter() - started
        for f in result.findings:
            rows.append(
                {
                    "doc": path.stem,
                    "requirement": f.requirement,
                    "verdict": f.verdict,
                    "sure": f.sure,
                    "quotes": [q.text for q in f.quotes],
                    "why": f.why,
                }
            )
    out = "\n".join(json.dumps(r, ensure_ascii=False) for r in rows) + "\n"
    if options.out:
        options.out.write_text(out, encoding="utf-8")
    print(f"{len(rows)} rows, {spent:.2f} s")


if __name__ == "__main__":
    main()
