"""The words of a graph's relations and types, as texts and as vectors, and which of them a question is nearest to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from encoder.memory import Wording, step_text
from encoder.model import AskModel
from encoder.text import TextTable
from kg.graph import Relation, Schema
from kg.names import words_of
from qa_pipeline.common_words import CommonWords
from qa_pipeline.retrieve import Direction
from qa_pipeline.said import Phrases, phrases_of
from qa_pipeline.short_names import also_called, short_names
from qa_pipeline.spoken import spoken_of


@dataclass(frozen=True)
class Vocabulary:
    """A graph's words for one revision of the store.

    ``stored``: the store's schema, which plans and answers go by; ``schema``: the same with what its short names stand for,
    which questions are read with.
    """

    revision: int  # -1: of another view of the graph, to be looked at again
    stored: Schema
    schema: Schema
    directions: list[Direction]
    wordings: list[str]
    types: list[str]
    names: Tensor  # (R, H) unit vectors, one for each wording of a relation in a direction
    type_names: Tensor  # (Y, H) unit vectors
    phrases: Phrases
    spoken: Phrases

    def at(self, revision: int, stored: Schema, common: CommonWords) -> Vocabulary | None:
        """The same at another revision; None: the words are others there, and want to be embedded."""
        if stored.wording != self.stored.wording:
            return None
        if stored.ends == self.stored.ends:
            schema = replace(stored, relations=_called_as(stored, self.schema))
            return replace(self, revision=revision, stored=stored, schema=schema)
        schema = also_called(stored, short_names(stored, common))
        if schema.wording != self.schema.wording:
            return None
        return replace(self, revision=revision, stored=stored, schema=schema, spoken=spoken_of(schema, self.phrases))

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


def _called_as(stored: Schema, known: Schema) -> dict[str, Relation]:
    """The relations as they are stored, with the names that are known of them."""
    names = ((relation, known.relations[id].aliases) for id, relation in stored.relations.items())
    return {r.id: r if r.aliases == aliases else replace(r, aliases=aliases) for r, aliases in names}


@torch.inference_mode()
def make_vocabulary(
    revision: int, stored: Schema, model: AskModel, texts: TextTable, common: CommonWords
) -> Vocabulary:
    """The words of a graph, embedded."""
    schema = also_called(stored, short_names(stored, common))
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
    return Vocabulary(revision, stored, schema, directions, wordings, types, names, type_names, phrases, spoken)
