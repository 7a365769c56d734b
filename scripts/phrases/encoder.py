"""BGE-small-zh v1.5 (BAAI, MIT licence): a small Chinese encoder, read from its ONNX file, with a head a question."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

from models.heads import ASIDE, QUESTIONS

HIDDEN, LAYERS, ATTENTION, WORDS, PLACES = 512, 4, 8, 21128, 512
ASKED = QUESTIONS | ASIDE
_PARTS = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
          "intermediate.dense", "output.dense")  # fmt: skip
_NORMS = ("attention.output.LayerNorm", "output.LayerNorm")


class Layer(nn.Module):
    """One transformer layer as in BERT."""

    def __init__(self) -> None:
        super().__init__()
        sizes = [(HIDDEN, HIDDEN)] * 4 + [(HIDDEN, 4 * HIDDEN), (4 * HIDDEN, HIDDEN)]
        self.parts = nn.ModuleList(nn.Linear(a, b) for a, b in sizes)
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN, 1e-12) for _ in _NORMS)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Any, mask: Any) -> Any:
        """x: (texts, places, HIDDEN); mask is added to the logits of attention."""
        query, key, value, merge, widen, narrow = self.parts
        apart = [part(x).unflatten(-1, (ATTENTION, -1)).transpose(1, 2) for part in (query, key, value)]
        seen = functional.scaled_dot_product_attention(*apart, attn_mask=mask).transpose(1, 2).flatten(2)
        x = self.norms[0](x + self.drop(merge(seen)))
        return self.norms[1](x + self.drop(narrow(functional.gelu(widen(x)))))


class Encoder(nn.Module):
    """The encoder with a linear head for every question of `models.heads`."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, HIDDEN)
        self.places = nn.Parameter(torch.zeros(PLACES, HIDDEN))
        self.norm, self.drop = nn.LayerNorm(HIDDEN, 1e-12), nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.heads = nn.ModuleDict({q: nn.Linear(2 * HIDDEN, len(answers)) for q, answers in ASKED.items()})
        for head in self.heads.values():
            nn.init.normal_(head.weight, 0, 0.02)
            nn.init.zeros_(head.bias)

    def vectors(self, ids: Any, mask: Any) -> Any:
        """(texts, 2 * HIDDEN): the first place, and the mean of all; ids, mask: (texts, places)."""
        x = self.drop(self.norm(self.words(ids) + self.places[: ids.shape[1]]))
        hidden = ((1 - mask) * -1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, hidden)
        seen = mask[:, :, None]
        return torch.cat([x[:, 0], (x * seen).sum(1) / seen.sum(1)], -1)

    def forward(self, ids: Any, mask: Any) -> dict[str, Any]:
        """Logits of every question."""
        vectors = self.drop(self.vectors(ids, mask))
        return {question: head(vectors) for question, head in self.heads.items()}


def pretrained(path: Path) -> Encoder:
    """The encoder as published, its heads untaught."""
    graph = onnx.load(str(path)).graph
    stored = {i.name: torch.tensor(numpy_helper.to_array(i)) for i in graph.initializer}
    inputs = [name for node in graph.node if node.op_type == "MatMul" for name in node.input]
    matrices = [stored[name] for name in inputs if name in stored]
    made = Encoder()
    with torch.no_grad():
        made.words.weight.copy_(stored["embeddings.word_embeddings.weight"])
        kind = stored["embeddings.token_type_embeddings.weight"][0]
        made.places.copy_(stored["embeddings.position_embeddings.weight"] + kind)
        _copy(made.norm, stored, "embeddings.LayerNorm")
        for number, layer in enumerate(made.layers):
            prefix = f"encoder.layer.{number}."
            for part, name in enumerate(_PARTS):
                layer.parts[part].weight.copy_(matrices[number * len(_PARTS) + part].T)
                layer.parts[part].bias.copy_(stored[f"{prefix}{name}.bias"])
            for norm, name in zip(layer.norms, _NORMS, strict=True):
                _copy(norm, stored, prefix + name)
    return made


def _copy(norm: Any, stored: dict[str, Any], name: str) -> None:
    norm.weight.copy_(stored[f"{name}.weight"])
    norm.bias.copy_(stored[f"{name}.bias"])


def padded(texts: list[list[int]]) -> tuple[Any, Any]:
    """(ids, mask) of texts of unlike length."""
    shape = (len(texts), max(map(len, texts)))
    ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    for row, text in enumerate(texts):
        ids[row, : len(text)], mask[row, : len(text)] = text, 1
    return torch.tensor(ids), torch.tensor(mask)
