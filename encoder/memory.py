"""From a retrieved subgraph to tensors: one row a slot, made of what the slot shows, never of entity names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from encoder.model import Memory
from kg.names import words_of
from kg.question import Link, Slot, Subgraph

ROLES = ("relation", "entity", "type", "number", "date", "ordinal")
KINDS = ("entity", "number", "date", "string", "mixed")
MAX_HOPS = 4
FEATURES = 22
MASKED = "[MASK]"
TYPES = 3  # of a slot's nodes are shown, at most
NONE = -1  # the row of no text


def step_text(name: str, inverse: bool) -> str:
    """How a relation in one direction is worded for the encoder."""
    return f"inverse: whose {name}" if inverse else f"its {name}"


class Rows(Protocol):
    """What gives each text a number, as :class:`encoder.text.TextTable` does."""

    def rows(self, texts: Sequence[str]) -> list[int]: ...


@dataclass(frozen=True)
class Wording:
    """How a graph's relations and types read; ids that are not listed are worded by :func:`kg.names.words_of`."""

    relations: Mapping[str, str]
    types: Mapping[str, str]

    def relation(self, id: str) -> str:
        return self.relations.get(id) or words_of(id)

    def type(self, id: str) -> str:
        return self.types.get(id) or words_of(id)


@dataclass(frozen=True)
class EncodedQuestion:
    """A question as token ids, its entity mentions masked, with the token at which each link's mention starts."""

    ids: list[int]
    mention_tokens: list[int]
    spans: tuple[tuple[int, int], ...] = ()  # of the text, which a token stands for each; (-1, -1): none

    def tokens(self, start: int, end: int) -> list[int]:
        """The tokens of a stretch of the text."""
        return [i for i, (a, b) in enumerate(self.spans) if start < b and a < end]


def encode_question(
    text: str, links: Sequence[Link], tokenizer: PreTrainedTokenizerBase, max_tokens: int = 96
) -> EncodedQuestion:
    """Mask the entity mentions (an entity's own words must not speak for a relation) and find every mention's token.

    A mention given from outside (start < 0) has no place in the text; its token is 0.
    """
    spans = _named(links)
    masked, moved = _masked(text, spans)
    encoded = tokenizer(masked, truncation=True, max_length=max_tokens, return_offsets_mapping=True)
    offsets = encoded["offset_mapping"]
    tokens = []
    for link in links:
        start = link.mention.start
        where = moved.get(start, start + _shift_before(spans, start)) if start >= 0 else -1
        tokens.append(next((i for i, (a, b) in enumerate(offsets) if a <= where < b), 0) if where >= 0 else 0)
    return EncodedQuestion(list(encoded["input_ids"]), tokens, tuple(_unmasked(offsets, spans, moved)))


def masked_text(text: str, links: Sequence[Link]) -> str:
    """The question as the model sees it, each entity mention masked."""
    return _masked(text, _named(links))[0]


def _named(links: Sequence[Link]) -> list[tuple[int, int]]:
    """Where entities are mentioned."""
    named = [k.mention for k in links if k.mention.kind == "entity" and k.mention.start >= 0 and not k.is_nil]
    return sorted({(m.start, m.end) for m in named})


def _masked(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, dict[int, int]]:
    """The text with the spans masked (of those that overlap the first), and where each span has moved to, by its start."""
    pieces, moved, at, shift = [], {}, 0, 0
    for start, end in spans:
        if start < at:
            continue
        pieces += [text[at:start], MASKED]
        moved[start] = start + shift
        shift += len(MASKED) - (end - start)
        at = end
    return "".join(pieces) + text[at:], moved


def _unmasked(
    offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]], moved: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """Where the stretches of the masked text are in the text itself; (-1, -1) for what is empty or in a mask."""
    masks = [(moved[start], moved[start] + len(MASKED), end) for start, end in spans if start in moved]
    for a, b in offsets:
        before = [(at, end) for _, at, end in masks if at <= a]
        shift = before[-1][1] - before[-1][0] if before else 0
        masked = a == b or any(a < at and b > first for first, at, _ in masks)
        yield (-1, -1) if masked else (a + shift, b + shift)


def _shift_before(spans: Sequence[tuple[int, int]], position: int) -> int:
    return sum(len(MASKED) - (end - start) for start, end in spans if end <= position)


@dataclass(frozen=True)
class EncodedMemory:
    """One question's memory before batching: rows of the text table and plain features. M slots."""

    text_rows: list[int]  # (M,), NONE = no text
    type_rows: list[list[int]]  # (M, up to TYPES)
    features: list[list[float]]  # (M, F)
    tokens: list[int]  # (M,)


def encode_memory(subgraph: Subgraph, wording: Wording, texts: Rows, mention_tokens: Sequence[int]) -> EncodedMemory:
    """Describe every slot of a subgraph."""
    names, types = slot_texts(subgraph, wording)
    features, tokens = [], []
    for slot in subgraph.slots:
        role = "relation" if slot.path else subgraph.links[slot.seed].mention.kind
        inverse = bool(slot.path) and slot.path[-1][1]
        hop = min(len(slot.path), MAX_HOPS)
        features.append(
            [float(inverse), math.log1p(slot.nodes) / 8, math.log1p(slot.edges) / 8, float(slot.nodes == 1)]
            + [float(role == r) for r in ROLES]
            + [float(slot.kind == k) for k in KINDS]
            + [float(hop == h) for h in range(MAX_HOPS + 1)]
            + _goes_on(slot)
        )
        tokens.append(mention_tokens[slot.seed] if not slot.path else 0)
    wanted = [n for n in names if n] + [t for group in types for t in group]
    row = dict(zip(wanted, texts.rows(wanted), strict=True))
    return EncodedMemory([row[n] if n else NONE for n in names], [[row[t] for t in g] for g in types], features, tokens)


def _goes_on(slot: Slot) -> list[float]:
    """Whether the last step leads back over the relation of the one before, and whether it follows it once more."""
    if len(slot.path) < 2:
        return [0.0, 0.0]
    (before, came), (relation, inverse) = slot.path[-2:]
    return [float(before == relation and came != inverse), float(before == relation and came == inverse)]


def slot_texts(subgraph: Subgraph, wording: Wording) -> tuple[list[str], list[list[str]]]:
    """The text of every slot ("": none), and those of its types."""
    names = []
    for slot in subgraph.slots:
        link = subgraph.links[slot.seed]
        if slot.path:
            relation, inverse = slot.path[-1]
            names.append(step_text(wording.relation(relation), inverse))
        else:
            names.append(_class_text(link, wording) if link.mention.kind == "type" else "")
    return names, [[wording.type(t) for t in slot.types[:TYPES]] for slot in subgraph.slots]


def _class_text(link: Link, wording: Wording) -> str:
    """How a type is worded for the encoder, or a class that has none."""
    first = link.candidates[0]
    if first.side is None:
        return wording.type(first.id) if len(link.candidates) == 1 else first.name
    return first.name if first.side == "tail" else f"thing with {first.name}"


def collate_memory(memories: Sequence[EncodedMemory], table: Tensor) -> Memory:
    """Pad to the largest memory (at least one slot) and look the texts up.

    :param table: the text table's embeddings. Shape: (rows, H)
    """
    rows, memory = collate_slots(memories)
    return memory._replace(words=embedded(rows, table))


def embedded(rows: Tensor, table: Tensor) -> Tensor:
    """The words that slots show: none at all, zero, and rows of the text table. Shape: (U, H)."""
    none = torch.zeros(1, table.shape[1] if table.numel() else 384, device=table.device)
    return torch.cat([none, table[rows[1:]]]) if table.numel() else none


def collate_slots(memories: Sequence[EncodedMemory]) -> tuple[Tensor, Memory]:
    """Pad to the largest memory: the row of each word, the first of which is none at all, (U,), and all but its embedding."""
    size = max(1, *(len(m.text_rows) for m in memories)) if memories else 1
    batch = len(memories)
    rows = torch.full((batch, size), NONE, dtype=torch.long)
    type_rows = torch.full((batch, size, TYPES), NONE, dtype=torch.long)
    features = torch.zeros(batch, size, FEATURES)
    token = torch.zeros(batch, size, dtype=torch.long)
    mask = torch.zeros(batch, size, dtype=torch.bool)
    for b, memory in enumerate(memories):
        count = len(memory.text_rows)
        if not count:
            continue
        rows[b, :count] = torch.tensor(memory.text_rows)
        type_rows[b, :count] = torch.tensor([(t + [NONE] * TYPES)[:TYPES] for t in memory.type_rows])
        features[b, :count] = torch.tensor(memory.features)
        token[b, :count] = torch.tensor(memory.tokens)
        mask[b, :count] = True
    turned = torch.where(
        rows == NONE, NONE, 2 * rows + features[..., 0].long()
    )  # the same word in two directions is two
    typed = torch.where(type_rows == NONE, NONE, 2 * type_rows)
    every = torch.cat([torch.tensor([NONE]), turned.flatten(), typed.flatten()])
    words, at = torch.unique(every, return_inverse=True)  # the first is NONE
    text, types = at[1:].split([rows.numel(), type_rows.numel()])
    turned = (words % 2) * (words >= 0)
    shown = Memory(torch.empty(0), turned, text.view_as(rows), types.view_as(type_rows), features, token, mask)
    return words // 2, shown


def collate_questions(questions: Sequence[EncodedQuestion], pad: int = 0) -> tuple[Tensor, Tensor]:
    """Pad questions. (input_ids, attention_mask), both of shape (B, T)."""
    length = max(len(q.ids) for q in questions)
    ids = torch.full((len(questions), length), pad, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for b, question in enumerate(questions):
        ids[b, : len(question.ids)] = torch.tensor(question.ids)
        mask[b, : len(question.ids)] = 1
    return ids, mask
