import json

import pytest
from django.core.management import CommandError, call_command

from tests.contracts.papers import CLAUSES, agreement_docx, agreement_pdf


def run(capsys, path, *packs, as_json=True):
    options = [part for pack in packs for part in ("--pack", pack)] + (["--json"] if as_json else [])
    call_command("read_contract", str(path), *options)
    return capsys.readouterr().out


def test_it_prints_each_term_with_its_verdict_quote_and_page(tmp_path, capsys):
    path = tmp_path / "contract.pdf"
    path.write_bytes(agreement_pdf(law="Delaware", without=("severability",)))
    answer = json.loads(run(capsys, path, "ct-3520.13", "ne-7400.1"))
    rows = {row["requirement"]: row for row in answer["findings"]}
    assert {"ct-01", "ct-11", "ne-I-A", "ne-IV-D"} <= set(rows)
    assert rows["ct-01"]["verdict"] == "met"
    assert rows["ct-09"]["verdict"] == "deficient"
    assert rows["ct-10"]["verdict"] == "missing"
    assert "the property of the Board" in " ".join(rows["ct-01"]["quotes"])
    assert rows["ct-01"]["page"] == 1


@pytest.mark.parametrize("name", ["contract.docx", "contract.txt"])
def test_it_reads_word_and_text_too(tmp_path, capsys, name):
    path = tmp_path / name
    plain = "\n\n".join(f"{n}. {head}\n{words}" for n, (head, words) in enumerate(CLAUSES.values(), 1))
    plain = plain.format(hours="48", law="Connecticut")
    path.write_bytes(agreement_docx() if name.endswith("docx") else plain.encode())
    words = run(capsys, path, "ct-3520.13", as_json=False)
    assert "ct-09" in words
    assert "Has it" in words


@pytest.mark.parametrize(
    ("content", "pack"),
    [(b"%PDF-1.7 broken", "ct-3520.13"), (b"", "ct-3520.13"), (agreement_pdf(), "no-such-pack")],
)
def test_what_it_cannot_do_it_says_in_one_sentence(tmp_path, capsys, content, pack):
    path = tmp_path / "contract.pdf"
    path.write_bytes(content)
    with pytest.raises(CommandError):
        run(capsys, path, pack)


def test_a_file_that_is_not_there_is_said_so(tmp_path, capsys):
    with pytest.raises(CommandError, match="no file"):
        run(capsys, tmp_path / "nothing.pdf", "ct-3520.13")
