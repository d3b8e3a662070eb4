"""The learning itself: the four upper layers of MiniLM and a head, in PyTorch (which only this file needs).

The embeddings and the two lower layers stay as they are: what they make of each paragraph is computed once. The
head gives each requirement its own look at a paragraph's words (a softmax over them) and two answers: does the
paragraph speak to the term, does it meet it. A clause of the bank is labelled for one requirement only: that one
weighs threefold, those akin to it not at all, the others half. A paragraph that was not quoted for a term of which its
contract speaks may speak to it all the same: there its silence weighs little.
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy
import torch
from own_contracts import ALL
from tokenizers import BertWordPieceTokenizer
from torch import nn
from torch.nn import functional

ROOT = Path(__file__).resolve().parents[1]
LOWER, LAYERS, WIDTH = 2, 6, 384
DEEPER = 0.8  # a layer learns so much slower than the one above it
UNQUOTED = 0.3
AKIN = (
    "ct-01 ne-III-B",
    "ct-03 ne-II-A ne-II-B ct-11 ne-IV-C ne-IV-A",
    "ct-07 ne-II-C ne-III-A ne-III-C ne-IV-A",
    "ct-08 ne-IV-D ne-I-A",
    "ct-05 ne-I-A ne-I-B ne-I-C ne-I-D ne-I-F ne-I-G ne-I-H",
    "ne-I-E ne-II-B",
    "ct-02 ne-III-A",
    "ct-09 ct-10",
    "ne-IV-B ne-IV-C ct-11",
)
# the layer's parts: our name, the name in the published weights, the number of its tensor in the packaged ONNX file
# for layer 0 (each layer has 71 tensors); norms have none
PARTS = {
    "query": ("attention.self.query", 51),
    "key": ("attention.self.key", 59),
    "value": ("attention.self.value", 67),
    "joined": ("attention.output.dense", 105),
    "up": ("intermediate.dense", 109),
    "down": ("output.dense", 118),
    "norm_in": ("attention.output.LayerNorm", None),
    "norm_out": ("output.LayerNorm", None),
}
TENSORS = 71
Row = dict[str, Any]


def read_weights(path: Path) -> dict[str, Any]:
    """A safetensors file: the length of its header, the header, the tensors' bytes."""
    stored = path.read_bytes()
    length = struct.unpack("<Q", stored[:8])[0]
    out = {}
    for name, told in json.loads(stored[8 : 8 + length]).items():
        if name != "__metadata__" and told["dtype"] == "F32":
            start, end = told["data_offsets"]
            values = numpy.frombuffer(stored, numpy.float32, (end - start) // 4, 8 + length + start)
            out[name] = torch.from_numpy(values.reshape(told["shape"]).copy())
    return out


class Layer(nn.Module):
    def __init__(self, weights: dict[str, Any], number: int) -> None:
        super().__init__()
        self.query, self.key, self.value, self.joined = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.norm_in, self.norm_out = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)
        for own, (published, _) in PARTS.items():
            for kind in ("weight", "bias"):
                value = weights[f"encoder.layer.{number}.{published}.{kind}"]
                getattr(getattr(self, own), kind).data = value.clone()

    def forward(self, words: Any, mask: Any) -> Any:
        count, length, _ = words.shape
        parted = [
            part(words).view(count, length, 12, 32).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        ]
        seen = functional.scaled_dot_product_attention(*parted, attn_mask=mask[:, None, None, :])
        seen = self.joined(seen.transpose(1, 2).reshape(count, length, WIDTH))
        words = self.norm_in(words + functional.dropout(seen, 0.1, self.training))
        told = self.down(functional.gelu(self.up(words)))
        return self.norm_out(words + functional.dropout(told, 0.1, self.training))


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Parameter(torch.zeros(len(ALL), WIDTH))
        self.weigh = nn.Parameter(torch.randn(len(ALL), WIDTH, 2) * 0.02)
        self.whole = nn.Parameter(torch.zeros(WIDTH, 2 * len(ALL)))
        self.start = nn.Parameter(torch.full((len(ALL), 2), -3.0))

    def forward(self, words: Any, mask: Any) -> Any:
        look = (words @ self.look.T).masked_fill(~mask[:, :, None], -1e4).softmax(1)
        told = torch.einsum("brd,rdk->brk", torch.einsum("blr,bld->brd", look, words), self.weigh)
        mean = (words * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return told + (mean @ self.whole).view(-1, len(ALL), 2) + self.start


class Teaching:
    def __init__(self, rows: Sequence[Row], weights: dict[str, Any]) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(7)
        self.dice = random.Random(7)
        self.rows = list(rows)
        self.upper = nn.ModuleList(Layer(weights, n) for n in range(LOWER, LAYERS))
        self.head = Head()
        self.truth, self.weight = answers(self.rows)
        ids = coded(self.rows)
        lower = [Layer(weights, n).eval() for n in range(LOWER)]
        self.below = self.run(ids, lambda x, mask: through(lower, embedded(weights, x), mask))

    def run(self, given: Sequence[Any], layers: Callable[[Any, Any], Any]) -> list[Any]:
        """What layers make of every paragraph, kept in half precision."""
        out: list[Any] = [None] * len(given)
        with torch.no_grad():
            for batch in batches(range(len(given)), given, 4096):
                made = layers(*padded(batch, given))
                for place, index in enumerate(batch):
                    out[index] = made[place, : len(given[index])].half().clone()
        return out

    def step(self, optimizer: Any, batch: Sequence[int], said: Any) -> float:
        truth = self.truth[batch]
        weight = self.weight[batch][:, :, None] * (1 + 3 * truth[:, :, :1])
        loss = functional.binary_cross_entropy_with_logits(said, truth, reduction="none")
        loss = (loss * weight).sum() / len(batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*self.upper.parameters(), *self.head.parameters()], 5.0)
        optimizer.step()
        return float(loss.detach())

    def begin(self) -> None:
        """The head alone, on the layers as published."""
        self.upper.eval()
        above = self.run(self.below, lambda x, mask: through(self.upper, x, mask))
        head = self.head
        optimizer = torch.optim.AdamW(
            [
                {"params": [head.look], "lr": 2e-2},
                {"params": [head.weigh, head.whole, head.start], "lr": 5e-3},
            ],
            weight_decay=1e-2,
        )
        for _ in range(4):
            for batch in self.shuffled(range(len(above)), above):
                self.step(optimizer, batch, head(*padded(batch, above)))

    def teach(self, epochs: int, rate: float, *, known: Sequence[str] = ()) -> None:
        """Layers and head together; of the paragraphs that speak to nothing a third, another each time.

        `known`: sets that were learned before, of which half is enough a time.
        """
        shares = [*(DEEPER ** (LAYERS - 1 - n) for n in range(LOWER, LAYERS)), 15.0]
        taught = [{"params": part.parameters()} for part in (*self.upper, self.head)]
        optimizer = torch.optim.AdamW(taught, weight_decay=1e-2)
        silent = [i for i, row in enumerate(self.rows) if not row["told"] and not row["own"]]
        telling = [i for i, row in enumerate(self.rows) if row["told"] or row["own"]]
        old = [i for i in telling if self.rows[i]["set"] in known]
        new = [i for i in telling if self.rows[i]["set"] not in known]
        self.upper.train()
        done, total = 0, 0
        for epoch in range(epochs):
            self.dice.shuffle(silent)
            self.dice.shuffle(old)
            order = self.shuffled([*new, *old[: len(old) // 2], *silent[: len(silent) // 3]], self.below)
            total, lost = total or epochs * len(order), 0.0
            for batch in order:
                part = min(1.0, (done + 1) / 60) * max(0.03, 1 - done / total)
                for group, share in zip(optimizer.param_groups, shares, strict=True):
                    group["lr"] = rate * share * part
                words, mask = padded(batch, self.below)
                lost += self.step(optimizer, batch, self.head(through(self.upper, words, mask), mask))
                done += 1
            print(f"epoch {epoch + 1}: mean loss {lost / len(order):.3f}", flush=True)

    def shuffled(self, chosen: Sequence[int], given: Sequence[Any]) -> list[list[int]]:
        order, out = list(chosen), []
        self.dice.shuffle(order)
        for start in range(0, len(order), 512):
            out += batches(order[start : start + 512], given, 1800)
        self.dice.shuffle(out)
        return out


def through(layers: Any, words: Any, mask: Any) -> Any:
    for layer in layers:
        words = layer(words, mask)
    return words


def embedded(weights: dict[str, Any], ids: Any) -> Any:
    words = weights["embeddings.word_embeddings.weight"][ids]
    words = words + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    words = words + weights["embeddings.token_type_embeddings.weight"][0]
    norm = (weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"])
    return functional.layer_norm(words, (WIDTH,), *norm, 1e-12)


def coded(rows: Sequence[Row]) -> list[Any]:
    vocabulary = ROOT / "contracts" / "reading" / "minilm" / "vocab.txt"
    tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    tokenizer.enable_truncation(128)
    return [torch.tensor(tokenizer.encode(row["text"]).ids) for row in rows]


def answers(rows: Sequence[Row]) -> tuple[Any, Any]:
    truth, weight = torch.zeros(len(rows), len(ALL), 2), torch.ones(len(rows), len(ALL))
    for i, row in enumerate(rows):
        weight[i, [ALL.index(name) for name in row.get("stated", ())]] = UNQUOTED
        for requirement, verdict in row["told"].items():
            truth[i, ALL.index(requirement)] = torch.tensor([1.0, float(verdict == "met")])
            weight[i, ALL.index(requirement)] = 1.0
        if row["own"]:
            weight[i] = 0.5
            for kin in AKIN:
                if row["own"] in kin.split():
                    weight[i, [ALL.index(name) for name in kin.split()]] = 0.0
            weight[i, ALL.index(row["own"])] = 3.0
    return truth, weight


def batches(chosen: Sequence[int], given: Sequence[Any], words: int) -> list[list[int]]:
    """Paragraphs of like length together, so many words a batch."""
    out: list[list[int]] = []
    for index in sorted(chosen, key=lambda i: len(given[i])):
        if not out or (len(out[-1]) + 1) * len(given[index]) > words:
            out.append([])
        out[-1].append(index)
    return out


def padded(batch: Sequence[int], given: Sequence[Any]) -> tuple[Any, Any]:
    chosen = [given[i] for i in batch]
    words = nn.utils.rnn.pad_sequence(chosen, batch_first=True)
    lengths = torch.tensor([len(c) for c in chosen])
    mask = torch.arange(words.shape[1])[None, :] < lengths[:, None]
    return (words.float() if words.is_floating_point() else words), mask


def tensor_of(layer: int, first: int | None) -> str:
    """The name of a layer's weights in the packaged ONNX file; empty where they are not kept as int8."""
    return "" if first is None else f"val_{first + TENSORS * layer}"


def write(teaching: Teaching, out: Path) -> None:
    """The layers under the names of the packaged ONNX file's tensors (int8, a scale a column), and the head."""
    stored: dict[str, Any] = {}
    for number, layer in enumerate(teaching.upper, LOWER):
        for own, (published, first) in PARTS.items():
            values = {k: v.numpy() for k, v in getattr(layer, own).state_dict().items()}
            if tensor := tensor_of(number, first):
                weight = values.pop("weight").T
                scale = numpy.abs(weight).max(0, keepdims=True) / 127
                stored[f"{tensor}_q"] = numpy.round(weight / scale).astype(numpy.int8)
                stored[f"{tensor}_scale"] = scale.astype(numpy.float32)
            name = f"inner.encoder.layer.{number}.{published}"
            stored |= {f"{name}.{kind}": value.astype(numpy.float32) for kind, value in values.items()}
    for own, value in teaching.head.state_dict().items():
        kept = numpy.float32 if own == "start" else numpy.float16
        stored[f"opinion.{own}"] = value.numpy().astype(kept)
    stored["opinion.requirements"] = numpy.array(ALL)
    numpy.savez_compressed(out, **stored)


def read_back(teaching: Teaching, written: Path) -> None:
    """Take up the layers that an earlier run wrote (it may have taught fewer), and its head."""
    with numpy.load(written) as stored:
        kept = {name: stored[name] for name in stored.files}
    for number, layer in enumerate(teaching.upper, LOWER):
        for own, (published, first) in PARTS.items():
            state = {}
            for kind in ("weight", "bias"):
                name = f"inner.encoder.layer.{number}.{published}.{kind}"
                if name in kept:
                    state[kind] = torch.from_numpy(kept[name])
            tensor = tensor_of(number, first)
            if f"{tensor}_q" in kept:
                whole = kept[f"{tensor}_q"].astype(numpy.float32) * kept[f"{tensor}_scale"]
                state["weight"] = torch.from_numpy(whole.T.copy())
            if state:
                getattr(layer, own).load_state_dict(state)
    for own, value in teaching.head.state_dict().items():
        value.copy_(torch.from_numpy(kept[f"opinion.{own}"].astype(numpy.float32)))


def learn(
    rows: Sequence[Row], *, weights: Path, epochs: int, start: Path | None, known: Sequence[str], out: Path
) -> None:
    """Learn from the rows, from the published layers or on from what an earlier run wrote, and write `out`."""
    teaching = Teaching(rows, read_weights(weights))
    if start:
        read_back(teaching, start)
    else:
        teaching.begin()
    teaching.teach(epochs, 8e-5 if start else 1e-4, known=known)
    write(teaching, out)
