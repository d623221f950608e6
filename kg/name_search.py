"""Fuzzy search over names: character trigrams find candidates, edit distance ranks them.

Names are folded and padded at both ends, so that two Chinese characters have trigrams too. The postings are two arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from kg.names import fold
from kg.store import NameHit

BUCKETS = 1 << 20
CANDIDATES = 80


class NameSearch:
    """An index over (entity row, folded name) pairs.

    :param names: folded names
    :param owners: the entity of each. Shape: (len(names),)
    """

    def __init__(self, names: Sequence[str], owners: NDArray[np.int32]) -> None:
        self.names, self.owners = names, owners
        codes, owner_of = _trigrams(names)
        order = np.argsort(codes, kind="stable")
        self._postings = owner_of[order].astype(np.int32)
        self._start = np.zeros(BUCKETS + 1, dtype=np.int64)
        np.cumsum(np.bincount(codes, minlength=BUCKETS), out=self._start[1:])
        self._lengths = np.bincount(owner_of, minlength=len(names)).astype(np.float32) if len(names) else np.empty(0, np.float32)

    def search(self, text: str, limit: int) -> list[tuple[int, str, float]]:
        """(entity row, name, likeness) of the names most like the text, one an entity, best first."""
        folded = fold(text)
        if not folded or not len(self.names):
            return []
        codes = np.unique(_trigrams([folded])[0])
        hits = [self._postings[self._start[c] : self._start[c + 1]] for c in codes]
        found, overlap = np.unique(np.concatenate(hits), return_counts=True)
        if not len(found):
            return []
        likeness = 2 * overlap / (len(codes) + self._lengths[found])
        best = found[np.argsort(-likeness, kind="stable")[: max(CANDIDATES, 4 * limit)]]
        scored: dict[int, tuple[float, str]] = {}
        for index in best.tolist():
            score = similarity(folded, self.names[index])
            owner = int(self.owners[index])
            if owner not in scored or score > scored[owner][0]:
                scored[owner] = (score, self.names[index])
        ranked = sorted(scored.items(), key=lambda item: (-item[1][0], item[0]))
        return [(owner, name, score) for owner, (score, name) in ranked[:limit]]


def similarity(a: str, b: str) -> float:
    """Likeness of two folded names, 0 … 1: edits over length (a swap is one edit), or the same words in another order."""
    direct = OSA.normalized_similarity(a, b)
    if " " in a or " " in b:
        direct = max(direct, 0.97 * fuzz.token_sort_ratio(a, b) / 100)
    return round(direct, 4)


def hits_by_id(found: Sequence[tuple[str, str, float]], limit: int) -> list[NameHit]:
    """Best first, then by id."""
    return [NameHit(*hit) for hit in sorted(found, key=lambda hit: (-hit[2], hit[0]))[:limit]]


def _trigrams(names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(hashed trigram, index of its name) pairs."""
    text = "".join(f"\x02{name}\x03" for name in names)
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    if len(points) < 3:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    owner = np.repeat(np.arange(len(names)), [len(n) + 2 for n in names])
    codes = (points[:-2] * 0x9E3779B1 ^ points[1:-1] * 0x85EBCA6B ^ points[2:] * 0xC2B2AE35) >> 7
    inside = owner[:-2] == owner[2:]
    return (codes & (BUCKETS - 1))[inside], owner[:-2][inside]
