"""Write docs/obligations.md: each obligation, what carries it in the packs, and the tests that prove it.

    python tools/obligations.py [--check]

Tests are read as text, so that nothing needs to run: `@pytest.mark.obligation("L-5", …)` on a test, a class
or, as `pytestmark`, on a whole module. --check only compares, and is non-zero when the page is out of date.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from policy import packs  # noqa: E402

PAGE = ROOT / "docs" / "obligations.md"
HEAD = """# Obligations

Written by `tools/obligations.py`; do not edit. An id stands for one duty of the policies and the law (see
docs/policy-packs.md). Beside it: what in the packs carries it, and the tests that prove it.

| id | in the packs | tests |
|---|---|---|
"""
NOT_LAW = frozenset({"practice"})


def marked(path: Path) -> Iterator[tuple[str, str]]:
    """(obligation, test) for each mark in a test file."""
    tree = ast.parse(path.read_text())
    module = [name for node in tree.body if is_pytestmark(node) for name in ids_of(node)]
    yield from walk(tree.body, path.relative_to(ROOT / "tests").as_posix(), module)


def walk(body: list[ast.stmt], where: str, outer: list[str]) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            own = outer + [name for decorator in node.decorator_list for name in ids_of(decorator)]
            if isinstance(node, ast.ClassDef):
                yield from walk(node.body, where, own)
            elif node.name.startswith("test_"):
                yield from ((name, f"{where}: {node.name}") for name in own)


def is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    )


def ids_of(node: ast.AST) -> Iterator[str]:
    """The ids a mark names; one that is worked out, such as f"CT-{n}", is filled in from the packs."""
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "obligation"
        ):
            for argument in call.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)
                else:
                    text = ast.unparse(argument)
                    prefix = re.search(r"f'([A-Z]+-)", text)
                    yield from (name for name in sorted(of_packs()) if prefix and name.startswith(prefix[1]))


def of_packs() -> dict[str, list[str]]:
    """Obligation id -> what carries it, pack by pack."""
    found: dict[str, list[str]] = defaultdict(list)
    for pack in map(packs.load, packs.shipped()):
        rows = [
            (row.id, row.obligation) for row in (*pack.requirements, *pack.attestations, *pack.exclusions)
        ]
        rows += [(row.key, row.obligation) for row in pack.rules]
        rows += [(row.name, row.obligation) for row in pack.parameters]
        if pack.hold:
            rows.append(("hold", pack.hold.obligation))
        for name, obligations in rows:
            for obligation in obligations.split():
                if obligation not in NOT_LAW:
                    found[obligation].append(f"{pack.name} {name}")
    return found


def sort_key(name: str) -> tuple[str, int, str]:
    """L-2 before L-10; ids that are no letter and number go last."""
    found = re.fullmatch(r"([A-Z]+)-(\d+)", name)
    return (found[1], int(found[2]), name) if found else (f"~{name}", 0, name)


def page() -> tuple[str, list[str]]:
    """The page, and the obligations of the packs that no test names."""
    carried = of_packs()
    tests: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for obligation, test in marked(path):
            tests[obligation].add(test)
    lines = []
    for name in sorted({*carried, *tests}, key=sort_key):
        proofs = sorted(tests[name])
        cell = "<br>".join(f"`{proof}`" for proof in proofs) or "none yet"
        lines.append(f"| {name} | {'<br>'.join(dict.fromkeys(carried.get(name, ['-'])))} | {cell} |")
    return HEAD + "\n".join(lines) + "\n", [name for name in carried if not tests[name]]


def main() -> None:
    text, unproved = page()
    if unproved:
        print(f"No test names: {', '.join(sorted(unproved, key=sort_key))}", file=sys.stderr)
    if "--check" not in sys.argv:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        sys.exit("docs/obligations.md is out of date: run python tools/obligations.py")


if __name__ == "__main__":
    main()
