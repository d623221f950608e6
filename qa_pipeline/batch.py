"""Examples to the tensors that the model's ``forward`` takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from encoder.memory import Wording, collate_questions, collate_slots, embedded, encode_memory, encode_question
from encoder.model import Memory
from encoder.text import DEFAULT_ENCODER, TextTable, load_encoder
from qa_pipeline.grammar import OPERATORS
from qa_pipeline.synth.example import Example

PLAIN = Wording({}, {})


@dataclass
class Numbered:
    """Texts, numbered in the order in which they come."""

    texts: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def rows(self, texts: Sequence[str]) -> list[int]:
        """The number of each text."""
        for text in texts:
            if text not in self.numbers:
                self.numbers[text] = len(self.texts)
                self.texts.append(text)
        return [self.numbers[t] for t in texts]


@dataclass(frozen=True)
class Encoded:
    """A batch without the embeddings of its texts, in arrays: what a process can make that has no encoder.

    :param texts: all texts that its slots show
    :param rows: the texts by their number, as :func:`encoder.memory.collate_slots` gives them. Shape: (U,)
    :param memory: the fields of :class:`encoder.model.Memory` in their order; the embeddings are empty
    """

    texts: list[str]
    rows: NDArray[Any]
    input_ids: NDArray[Any]
    attention_mask: NDArray[Any]
    memory: tuple[NDArray[Any], ...]
    actions: NDArray[Any]
    allowed: NDArray[np.bool_]


def encode(examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase) -> Encoded:
    """All of a batch but the embeddings of its texts."""
    numbered = Numbered()
    questions = [encode_question(e.text, e.subgraph.links, tokenizer) for e in examples]
    memories = [
        encode_memory(e.subgraph, e.wording or PLAIN, numbered, q.mention_tokens)
        for e, q in zip(examples, questions, strict=True)
    ]
    rows, memory = collate_slots(memories)
    ids, mask = collate_questions(questions)
    steps = max(len(e.actions) for e in examples)
    actions = np.full((len(examples), steps), -1, dtype=np.int64)
    allowed = np.zeros((len(examples), steps, len(OPERATORS) + memory.mask.shape[1]), dtype=np.bool_)
    for b, example in enumerate(examples):
        count, size = example.allowed.shape
        actions[b, :count] = example.actions
        allowed[b, :count, :size] = example.allowed
    arrays = tuple(t.numpy() for t in memory)
    return Encoded(numbered.texts, rows.numpy(), ids.numpy(), mask.numpy(), arrays, actions, allowed)


class Batcher:
    """Encodes examples; the embeddings of their relation texts are computed once, and kept where a file is given."""

    def __init__(self, encoder: str = DEFAULT_ENCODER, device: str = "cpu", file: str | None = None) -> None:
        self.texts = TextTable(encoder, file, device)
        self.tokenizer, _ = load_encoder(encoder)
        self.device = device

    def batch(self, examples: Sequence[Example]) -> dict[str, Any]:
        """The arguments of :meth:`encoder.model.AskModel.forward`."""
        return self.tensors(encode(examples, self.tokenizer))

    def tensors(self, encoded: Encoded) -> dict[str, Any]:
        """The same of a batch that is encoded but for its texts."""
        known = torch.tensor(
            self.texts.rows(encoded.texts), dtype=torch.long
        )  # all at once: one by one takes ten times as long
        rows = known[torch.from_numpy(encoded.rows).clamp(min=0)] if len(known) else torch.from_numpy(encoded.rows)
        memory = Memory(*(self._there(a) for a in encoded.memory))
        return {
            "input_ids": self._there(encoded.input_ids),
            "attention_mask": self._there(encoded.attention_mask),
            "memory": memory._replace(words=embedded(rows.to(self.device), self.texts.table)),
            "actions": self._there(encoded.actions),
            "allowed": self._there(encoded.allowed),
        }

    def _there(self, array: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device, non_blocking=True)
