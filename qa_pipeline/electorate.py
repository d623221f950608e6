"""The votes of a store as a reader of questions needs them: sorted, their questions as vectors, and followed as they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from encoder.memory import EncodedQuestion, collate_questions
from encoder.model import AskModel
from encoder.text import mean_pool
from kg.store import GraphStore
from kg.votes import Direction, FactKey
from qa_pipeline.opinions import NO_OPINIONS, Opinions

TOGETHER = 64  # texts that are encoded as one batch
LONGEST = 96  # tokens of a text


class Electorate:
    """Follows the votes of one store.

    :param clock: what time it is; votes lose weight with age
    """

    def __init__(
        self,
        store: GraphStore,
        model: AskModel,
        tokenizer: PreTrainedTokenizerBase,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store, self.model, self.tokenizer, self.clock = store, model, tokenizer, clock
        self._seen = 0
        self._opinions = NO_OPINIONS
        self._vectors: dict[str, Tensor] = {}
        self._table = torch.zeros(0, 0)

    def opinions(self) -> Opinions:
        """What the votes of now come to. :meth:`leanings` and :meth:`trust` are of the votes that this has seen last."""
        revision = self.store.votes_revision
        if revision != self._seen:
            opinions = Opinions.of(self.store.votes())
            self._table = self._encode(opinions.texts) if opinions.texts else torch.zeros(0, 0)
            self._opinions = opinions.judged((self._table @ self._table.T).double().numpy())
            self._seen = revision
        return self._opinions

    def leanings(self, asked: Tensor) -> list[dict[Direction, float]]:
        """For each question the relations that it leans to or from; see :meth:`qa_pipeline.opinions.Opinions.leaning`.

        :param asked: the questions, pooled: unit vectors. Shape: (B, H)
        """
        opinions = self._opinions
        if not opinions.texts:
            return [{} for _ in asked]
        likeness = (asked @ self._table.T).double().numpy()
        now = self.clock()
        return [opinions.leaning(row, now) for row in likeness]

    def trust(self) -> Mapping[FactKey, float]:
        """How far each fact is trusted that somebody has an opinion on, 0 … 1."""
        return self._opinions.trust(self.clock())

    def forget(self) -> None:
        """The model's weights have changed."""
        self._vectors, self._opinions, self._seen = {}, NO_OPINIONS, 0

    @torch.inference_mode()
    def _encode(self, texts: Sequence[str]) -> Tensor:
        """The questions that were voted on as unit vectors, each encoded once. Shape: (len(texts), H)."""
        unknown = sorted((t for t in texts if t not in self._vectors), key=len)
        for start in range(0, len(unknown), TOGETHER):
            part = unknown[start : start + TOGETHER]
            tokens = self.tokenizer(part, truncation=True, max_length=LONGEST)["input_ids"]
            ids, mask = collate_questions([EncodedQuestion(list(row), []) for row in tokens])
            self._vectors.update(zip(part, mean_pool(self.model.read(ids, mask), mask), strict=True))
        return torch.stack([self._vectors[text] for text in texts])
