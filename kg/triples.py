"""Many plain facts at once, column by column: what large writes are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from kg.graph import Fact, Node

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, eq=False)
class Triples:
    """Facts of one source that have nothing but head, relation and tail, as Arrow's dictionary arrays have them.

    :param nodes: heads and tails, each once
    :param relations: each once
    :param codes: where head, relation and tail of a fact stand in these. Shape: (3, F)
    """

    nodes: Sequence[Node]
    relations: Sequence[str]
    codes: NDArray[np.int32]
    sources: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, heads: Iterable[str], relations: Iterable[str], tails: Iterable[Node], sources: tuple[str, ...] = ()
    ) -> Triples:
        """Of columns, one item for each fact."""
        nodes: Codes[Node] = Codes()
        kinds: Codes[str] = Codes()
        columns = [
            list(map(nodes.__getitem__, heads)),
            list(map(kinds.__getitem__, relations)),
            list(map(nodes.__getitem__, tails)),
        ]
        return cls(list(nodes), list(kinds), np.array(columns, dtype=np.int32), sources)

    def where(self, mask: NDArray[np.bool_]) -> Triples:
        """Some of the facts, with their nodes only."""
        codes = self.codes[:, mask]
        nodes, ends = np.unique(codes[[0, 2]], return_inverse=True)
        codes[[0, 2]] = ends.reshape(2, -1)
        return Triples([self.nodes[node] for node in nodes.tolist()], self.relations, codes, self.sources)

    def cut(self, size: int) -> tuple[Triples, Triples]:
        """The first facts, and the others."""
        is_first = np.arange(len(self)) < size
        return self.where(is_first), self.where(~is_first)

    def __len__(self) -> int:
        return int(self.codes.shape[1])

    def __iter__(self) -> Iterator[Fact]:
        for head, relation, tail in self.codes.T.tolist():
            yield Fact(self.nodes[head], self.relations[relation], self.nodes[tail], 1.0, self.sources)


class Codes(dict[Item, int], Generic[Item]):
    """Numbers items in the order in which they are met."""

    def __missing__(self, item: Any) -> int:
        code = self[item] = len(self)
        return code


def each_fact(facts: Iterable[Fact | Triples]) -> Iterator[Fact]:
    """The facts one by one."""
    for told in facts:
        if isinstance(told, Triples):
            yield from told
        else:
            yield told
