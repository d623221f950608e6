"""Examples to the tensors that the model's ``forward`` takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from encoder.memory import Wording, collate_memory, collate_questions, encode_memory, encode_question, slot_texts
from encoder.model import Memory
from encoder.text import DEFAULT_ENCODER, TextTable, load_encoder
from qa_pipeline.grammar import OPERATORS
from qa_pipeline.synth.example import Example

PLAIN = Wording({}, {})


class Batcher:
    """Encodes examples; the embeddings of their relation texts are computed once."""

    def __init__(self, encoder: str = DEFAULT_ENCODER, device: str = "cpu") -> None:
        self.texts = TextTable(encoder)
        self.tokenizer, _ = load_encoder(encoder)
        self.device = device

    def batch(self, examples: Sequence[Example]) -> dict[str, Any]:
        """The arguments of :meth:`encoder.model.AskModel.forward`."""
        self._embed(examples)
        questions = [encode_question(e.text, e.subgraph.links, self.tokenizer) for e in examples]
        memories = [
            encode_memory(e.subgraph, e.wording or PLAIN, self.texts, q.mention_tokens)
            for e, q in zip(examples, questions, strict=True)
        ]
        memory = collate_memory(memories, self.texts.table)
        ids, mask = collate_questions(questions)
        steps = max(len(e.actions) for e in examples)
        actions = torch.full((len(examples), steps), -1, dtype=torch.long)
        allowed = torch.zeros(len(examples), steps, len(OPERATORS) + memory.mask.shape[1], dtype=torch.bool)
        for b, example in enumerate(examples):
            count, size = example.allowed.shape
            actions[b, :count] = torch.tensor(example.actions)
            allowed[b, :count, :size] = torch.from_numpy(example.allowed)
        return {
            "input_ids": ids.to(self.device),
            "attention_mask": mask.to(self.device),
            "memory": Memory(*(t.to(self.device) for t in memory)),
            "actions": actions.to(self.device),
            "allowed": allowed.to(self.device),
        }

    def _embed(self, examples: Sequence[Example]) -> None:
        """Embed the texts of all examples at once: one by one takes ten times as long."""
        each = [slot_texts(e.subgraph, e.wording or PLAIN) for e in examples]
        wanted = {text for names, types in each for text in (*names, *(t for group in types for t in group))}
        self.texts.rows(sorted(wanted - {""}))
