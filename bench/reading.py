"""Read every contract in a folder against the packs and write the findings in the scorer's format.

python bench/reading.py --texts DIR --out predictions.jsonl
python bench/reading.py --files DIR --out predictions.jsonl
python bench/reading.py --table [--corpus DIR]     own sets (and a labelled corpus), dangerous errors one by one
python bench/reading.py --speed FILE               time to read a PDF against bare text extraction of the same file
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from contracts import reading
from policy.packs import Pack, load

SETS = ROOT / "bench" / "sets" / "contracts"
Row = dict[str, Any]


def packs() -> list[Pack]:
    return [load("ct-3520.13@2017"), load("ne-7400.1@2023")]


def rows_of(doc: str, result: reading.Reading) -> list[Row]:
    return [
        {
            "doc": doc,
            "requirement": f.requirement,
            "verdict": f.verdict,
            "sure": f.sure,
            "quotes": [q.text for q in f.quotes or f.nearest],
            "why": f.why,
        }
        for f in result.findings
    ]


def without_source(text: str) -> str:
    return text.split("\n", 1)[1] if text.startswith("# SOURCE:") else text


def read_all(paths: Iterable[Path], *, texts: bool) -> list[Row]:
    rows: list[Row] = []
    for path in sorted(paths):
        if texts and path.suffix != ".txt":
            continue
        try:
            if texts:
                result = reading.read_text(without_source(path.read_text(encoding="utf-8")), packs=packs())
            else:
                result = reading.read(path, packs=packs())
        except reading.Unreadable as refused:
            print(f"{path.name}: {refused}", file=sys.stderr)
            continue
        rows += rows_of(path.stem, result)
    return rows


def share(right: int, of: int) -> str:
    return f"{right / of:.3f}" if of else "  -  "


def macro_f1(counts: dict[str, Counter[str]], docs: Sequence[str]) -> float:
    """The mean over requirements of F1 for "met", in these contracts (one may be drawn several times)."""
    per: dict[str, Counter[str]] = defaultdict(Counter)
    for doc in docs:
        for key, count in counts[doc].items():
            requirement, _, what = key.partition(" ")
            per[requirement][what] += count
    scores = [2 * c["hit"] / (c["met"] + c["said"]) for c in per.values() if c["met"]]
    return sum(scores) / len(scores)


def clustered(truth: dict[tuple[str, str], str], found: dict[tuple[str, str], Row]) -> str:
    """Macro F1, wrong-among-sure, found-and-sure: 95 % intervals by resampling whole contracts (fixed seed)."""
    docs = sorted({d for d, _ in truth})
    counts: dict[str, Counter[str]] = {d: Counter() for d in docs}
    per: dict[str, Counter[str]] = {d: Counter() for d in docs}
    for (doc, requirement), verdict in truth.items():
        row = found.get((doc, requirement))
        said = row is not None and row["verdict"] == "met"
        counts[doc]["met"] += verdict == "met"
        per[doc][f"{requirement} met"] += verdict == "met"
        per[doc][f"{requirement} said"] += said
        per[doc][f"{requirement} hit"] += said and verdict == "met"
        if row and said and row["sure"]:
            counts[doc]["right" if verdict == "met" else "wrong"] += 1
    dice = random.Random(7)
    drawn: dict[str, list[float]] = {"macro F1": [], "wrong": [], "found and sure": []}
    for _ in range(2000):
        chosen = [dice.choice(docs) for _ in docs]
        total = sum((counts[doc] for doc in chosen), Counter[str]())
        sure = total["right"] + total["wrong"]
        drawn["macro F1"].append(macro_f1(per, chosen))
        drawn["wrong"].append(total["wrong"] / sure if sure else 0.0)
        drawn["found and sure"].append(total["right"] / total["met"] if total["met"] else 0.0)
    ranges = [f"{name} {sorted(d)[50]:.3f}-{sorted(d)[1949]:.3f}" for name, d in drawn.items()]
    return f"macro F1 {macro_f1(per, docs):.3f}; 95 % by contract: {', '.join(ranges)}"


def table(name: str, truth: dict[tuple[str, str], str], rows: list[Row]) -> None:
    found = {(r["doc"], r["requirement"]): r for r in rows}
    per: dict[str, Counter[str]] = defaultdict(Counter)
    for key, verdict in truth.items():
        row = found.get(key, {"verdict": "missing", "sure": False})
        tally = per[key[1]]
        tally["met"] += verdict == "met"
        tally["hit"] += verdict == row["verdict"] == "met"
        tally["said"] += row["verdict"] == "met"
        tally["sure"] += row["verdict"] == "met" and row["sure"]
        tally["wrong"] += row["verdict"] == "met" and row["sure"] and verdict != "met"
        tally["right"] += verdict == row["verdict"]
        tally["n"] += 1
    print(f"\n{name}: {len({d for d, _ in truth})} contracts, {len(truth)} rows")
    print("requirement   met  prec  recall  sure  wrong  3-way")
    for requirement, c in per.items():
        print(
            f"{requirement:11} {c['met']:5} {share(c['hit'], c['said']):>6} {share(c['hit'], c['met']):>6} "
            f"{c['sure']:5} {c['wrong']:5} {share(c['right'], c['n']):>7}"
        )
    total = sum(per.values(), Counter[str]())
    print(
        f"all: precision {share(total['hit'], total['said'])}, recall {share(total['hit'], total['met'])}; "
        f"sure {total['sure']}, wrong among them {total['wrong']}, found and sure "
        f"{share(total['sure'] - total['wrong'], total['met'])}; {clustered(truth, found)}"
    )
    for key, verdict in truth.items():
        row = found.get(key)
        if row and row["verdict"] == "met" and verdict != "met":
            print(f"DANGER {key[0]} {key[1]} is {verdict}{', and sure' if row['sure'] else ''}: {row['why']}")


def own_sets() -> None:
    from own_contracts import ALL, unpack

    truth: dict[tuple[str, str], str] = {}
    rows: list[Row] = []
    for path in sorted(SETS.glob("*.txt")):
        text, labels = unpack(path.read_text(encoding="utf-8"))
        rows += rows_of(path.stem, reading.read_text(text, packs=packs()))
        truth |= {(path.stem, r): labels.get(r, ("missing", []))[0] for r in ALL}
    table("own contracts", truth, rows)


def corpus(folder: Path) -> None:
    truth = {}
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        truth[row["doc"], row["requirement"]] = row["verdict"]
    table(str(folder.name), truth, read_all((folder / "texts").iterdir(), texts=True))


def speed(path: Path) -> None:
    """One warm reading in this process against PDFium's bare text of the same file."""
    from contracts.reading import files, pages

    rules = [files.plain_pack(p) for p in packs()]
    files.read_here(path, rules)
    started = time.process_time()
    result = files.read_here(path, rules)
    whole = time.process_time() - started
    started = time.process_time()
    with pages.opened(path) as document:
        for page in document:
            page.get_textpage().get_text_range()
    bare = time.process_time() - started
    print(
        f"{len(result.pages)} pages: {whole:.2f} s of processor, bare text {bare:.3f} s, ratio {whole / bare:.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--files", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--speed", type=Path)
    options = parser.parse_args()
    if options.table:
        own_sets()
        for labels in sorted(SETS.parent.glob("*/labels.jsonl")):
            corpus(labels.parent)
        if options.corpus:
            corpus(options.corpus)
        return
    if options.speed:
        speed(options.speed)
        return
    started = time.perf_counter()
    rows = read_all((options.texts or options.files).iterdir(), texts=bool(options.texts))
    out = "\n".join(json.dumps(r, ensure_ascii=False) for r in rows) + "\n"
    if options.out:
        options.out.write_text(out, encoding="utf-8")
    print(f"{len(rows)} rows, {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()
