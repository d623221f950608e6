"""The words of a graph's relations and types, as texts and as vectors, and which of them a question is nearest to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from encoder.memory import Wording, step_text
from encoder.model import AskModel
from encoder.text import TextTable
from kg.graph import Schema
from kg.names import words_of
from qa_pipeline.common_words import CommonWords
from qa_pipeline.retrieve import Direction
from qa_pipeline.said import Phrases, phrases_of
from qa_pipeline.short_names import also_called, short_names
from qa_pipeline.spoken import spoken_of


@dataclass(frozen=True)
class Vocabulary:
    """A graph's words for one revision of the store.

    ``told``: the store's schema; ``schema``: the same with what its ``short`` names stand for.
    """

    revision: int  # -1: another view's, which has the same relations though perhaps not all that they connect
    told: Schema
    short: dict[str, str]
    schema: Schema
    directions: list[Direction]
    wordings: list[str]
    types: list[str]
    names: Tensor  # (R, H) unit vectors, one for each wording of a relation in a direction
    type_names: Tensor  # (Y, H) unit vectors
    phrases: Phrases
    spoken: Phrases

    def holds_for(self, schema: Schema) -> bool:
        """Whether all but counts is the same in another schema."""
        return self.told.wording == schema.wording and (self.revision < 0 or self.told.ends == schema.ends)

    def at(self, revision: int, schema: Schema) -> Vocabulary:
        """The same with the counts of another revision."""
        return replace(self, revision=revision, told=schema, schema=also_called(schema, self.short))

    def asked(self, model: AskModel, tokens: Tensor, mask: Tensor) -> list[list[float]]:
        """How much each wording is asked for. (B, T, H), (B, T) → (B, R) as lists, each 0 … 1."""
        if not len(self.names):
            return [[] for _ in range(len(tokens))]
        names = self.names.expand(len(tokens), -1, -1)
        out: list[list[float]] = model.relevance(tokens, mask, names).sigmoid().tolist()
        return out

    def wordings_for(self, asked: Sequence[float]) -> tuple[dict[Direction, float], Wording]:
        """Each relation's score, and of its wordings the one that the question is nearest to."""
        scores: dict[Direction, float] = {}
        words: dict[str, tuple[float, str]] = {}
        for direction, wording, score in zip(self.directions, self.wordings, asked, strict=True):
            if score > scores.get(direction, -1.0):
                scores[direction] = score
            if score > words.get(direction[0], (-1.0, ""))[0]:
                words[direction[0]] = (score, wording)
        return scores, Wording({id: wording for id, (_, wording) in words.items()}, {})

    def nearest_types(self, tokens: Tensor, mask: Tensor, most: int) -> list[list[int]]:
        """For each question the types whose words are nearest to any of its tokens."""
        if not self.types:
            return [[] for _ in range(len(tokens))]
        near = torch.nn.functional.normalize(tokens, dim=-1) @ self.type_names.T  # (B, T, Y)
        best = near.masked_fill(~mask.unsqueeze(-1), -1.0).amax(dim=1)
        order: list[list[int]] = best.topk(min(most, best.shape[1]), dim=1).indices.tolist()
        return order


@torch.inference_mode()
def make_vocabulary(revision: int, told: Schema, model: AskModel, texts: TextTable, common: CommonWords) -> Vocabulary:
    """The words of a graph, embedded."""
    short = short_names(told, common)
    schema = also_called(told, short)
    directions: list[Direction] = []
    wordings: list[str] = []
    for relation in schema.relations.values():
        for wording in dict.fromkeys((*relation.called, *relation.aliases)):
            for inverse in (False, True):
                directions.append((relation.id, inverse))
                wordings.append(wording)
    types = list(schema.types)
    rows = texts.rows([step_text(w, d[1]) for w, d in zip(wordings, directions, strict=True)])
    type_rows = texts.rows([words_of(t) for t in types])
    texts.save()
    width = int(model.encoder.config.hidden_size)
    text = texts.table[rows] if rows else torch.zeros(0, width)
    turned = torch.tensor([float(inverse) for _, inverse in directions])
    names = model.names(text, turned) if rows else text
    type_names = texts.table[type_rows] if type_rows else torch.zeros(0, width)
    phrases = phrases_of(schema)
    spoken = spoken_of(schema, phrases)
    return Vocabulary(revision, told, short, schema, directions, wordings, types, names, type_names, phrases, spoken)
