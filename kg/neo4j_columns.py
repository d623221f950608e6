"""Facts as large writes to Neo4j take them: each once, in columns. What a store refuses is refused here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.errors import StoreError
from kg.graph import Fact, Node
from kg.neo4j_rows import node_key, whole
from kg.triples import Codes, Triples

MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)  # odd numbers that spread hashes


class Kind(NamedTuple):
    """All of a fact but its ends; a source ("": none) and a weight for each telling."""

    relation: str
    start: str = ""
    end: str = ""
    sources: tuple[str, ...] = ("",)
    weights: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Facts, each once, with all its tellings.

    :param nodes: heads and tails, each once
    :param codes: of each fact where its head, kind and tail stand in these. Shape: (3, F)
    :param keys: a hash of what identifies each fact. Shape: (F,)
    """

    nodes: list[Node]
    kinds: list[Kind]
    codes: NDArray[np.int64]
    keys: NDArray[np.uint64]

    @classmethod
    def of(cls, told: Sequence[Fact | Triples]) -> Columns:
        """Of facts that may be told several times.

        :raises StoreError: a fact has no id as its head, no finite weight, or a text that Neo4j cannot hold
        """
        nodes: Codes[Node] = Codes()
        kinds: Codes[Kind] = Codes()
        codes = np.concatenate([_codes(part, nodes, kinds) for part in _runs(told)], axis=1)
        found = list(nodes)
        is_entity = np.fromiter((isinstance(node, str) for node in found), bool, len(found))
        for node in found:
            node_key(node)
        for relation in {kind.relation for kind in kinds}:
            if not whole(relation):
                raise StoreError("a fact needs a relation; Neo4j knows none without a name")
        wrong = np.flatnonzero(~is_entity[codes[0]])
        if len(wrong):
            raise StoreError(f"{found[codes[0][wrong[0]]]!r} is the head of a fact; heads are entities' ids")
        return cls(found, *_each_once(found, kinds, codes))

    def __len__(self) -> int:
        return int(self.codes.shape[1])


class Taking:
    """A stream of facts from which so many are taken at a time."""

    def __init__(self, facts: Iterable[Fact | Triples]) -> None:
        self._facts = iter(facts)
        self._rest: Triples | None = None

    def take(self, size: int) -> list[Fact | Triples]:
        """The next facts, as many as there are, up to ``size``."""
        taken: list[Fact | Triples] = []
        while size > 0 and (told := self._rest or next(self._facts, None)) is not None:
            self._rest = None
            if isinstance(told, Triples) and len(told) > size:
                told, self._rest = told.cut(size)
            taken.append(told)
            size -= len(told) if isinstance(told, Triples) else 1
        return taken


def count(told: Iterable[Fact | Triples]) -> int:
    """How many facts there are."""
    return sum(len(part) if isinstance(part, Triples) else 1 for part in told)


def _runs(told: Sequence[Fact | Triples]) -> list[Triples | list[Fact]]:
    """Single facts gathered."""
    runs: list[Triples | list[Fact]] = []
    for part in told:
        if isinstance(part, Triples):
            runs.append(part)
        elif runs and isinstance(runs[-1], list):
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs


def _codes(part: Triples | list[Fact], nodes: Codes[Node], kinds: Codes[Kind]) -> NDArray[np.int64]:
    if isinstance(part, Triples):
        sources = tuple(dict.fromkeys(map(whole, part.sources))) or ("",)
        weights = (1.0,) * len(sources)
        ends = np.fromiter((nodes[node] for node in part.nodes), np.int64, len(part.nodes))
        own = (kinds[Kind(relation, "", "", sources, weights)] for relation in part.relations)
        of = np.fromiter(own, np.int64, len(part.relations))
        heads, relations, tails = part.codes
        return np.stack([ends[heads], of[relations], ends[tails]])
    return np.array(
        [
            [nodes[fact.head] for fact in part],
            [kinds[_kind(fact)] for fact in part],
            [nodes[fact.tail] for fact in part],
        ],
        dtype=np.int64,
    )


def _kind(fact: Fact) -> Kind:
    if not math.isfinite(fact.weight):
        raise StoreError(f"{fact!r} needs a finite weight")
    sources = tuple(dict.fromkeys(map(whole, fact.sources))) or ("",)
    weights = (float(fact.weight),) * len(sources)
    return Kind(fact.relation, fact.start or "", fact.end or "", sources, weights)


def _each_once(
    nodes: list[Node], kinds: Codes[Kind], codes: NDArray[np.int64]
) -> tuple[list[Kind], NDArray[np.int64], NDArray[np.uint64]]:
    """The kinds, codes and keys of facts of which each stands once; a fact told several times gets a kind with all tellings."""
    bases: Codes[tuple[str, str, str]] = Codes()
    base = np.fromiter((bases[kind[:3]] for kind in kinds), np.int64, len(kinds))
    mixed = (codes[0] * len(nodes) + codes[2]) * len(bases) + base[codes[1]]
    _, first, which = np.unique(mixed, return_index=True, return_inverse=True)
    if len(first) < len(mixed):
        known = list(kinds)
        united = codes[:, first]
        for fact in np.flatnonzero(codes[1] != united[1][which]).tolist():
            into = which[fact]
            both = _united(known[united[1][into]], known[codes[1][fact]])
            united[1][into] = kinds[both]
            if len(known) < len(kinds):
                known.append(both)
        codes = united[:, np.argsort(first)]
        base = np.fromiter((bases[kind[:3]] for kind in kinds), np.int64, len(kinds))
    hashes = np.fromiter(map(hash, nodes), np.int64, len(nodes)).view(np.uint64)
    of_base = np.fromiter(map(hash, bases), np.int64, len(bases)).view(np.uint64)
    spread = np.array(MIX, dtype=np.uint64)
    keys = hashes[codes[0]] * spread[0] ^ of_base[base[codes[1]]] * spread[1] ^ hashes[codes[2]] * spread[2]
    return list(kinds), codes, keys


def _united(known: Kind, more: Kind) -> Kind:
    new = [
        (source, weight)
        for source, weight in zip(more.sources, more.weights, strict=True)
        if source not in known.sources
    ]
    sources, weights = zip(*new, strict=True) if new else ((), ())
    return known._replace(sources=known.sources + sources, weights=known.weights + weights)
