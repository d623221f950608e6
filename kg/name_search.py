"""Fuzzy search over names: shared character n-grams find candidates, edit distance ranks them.

Names are folded and padded at both ends. Every name has its trigrams; a shorter one also its bigrams and a very short one its
characters, since one typo can change every trigram of a name of four letters and every bigram of one of two Chinese characters.
The index is a few flat arrays; a small overlay of entities renamed since takes their place in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from kg.names import fold

SHORT, SHORTEST = 10, 3  # names up to these lengths have bigrams and characters too
CANDIDATES = 300  # names ranked by edit distance
HITS = 500_000  # most postings read for a query; the commonest n-grams are left out first
LONGEST = 200  # characters of a text that are searched for
Codes = NDArray[np.uint32]


class NameSearch:
    """An index of folded names. Make it with :meth:`build`, or of the :attr:`arrays` of another.

    :param arrays: ``text`` (UTF-8) cut at ``cut`` into distinct names; ``owner``, cut at ``owners`` by name; ``posting``
        (names), cut at ``start`` by the sorted n-grams ``gram``; ``grams`` of each name
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.arrays = dict(arrays)
        self._renamed: frozenset[int] = frozenset()
        self._stale = np.empty(0, dtype=np.int64)
        self._overlay: list[tuple[str, int]] = []

    @classmethod
    def build(cls, named: Iterable[tuple[str, int]]) -> NameSearch:
        """Of (folded name, entity row) pairs sorted by name."""
        names: list[str] = []
        owner: list[int] = []
        owners: list[int] = []
        for name, row in named:
            if not names or names[-1] != name:
                names.append(name)
                owners.append(len(owner))
            owner.append(row)
        encoded = [name.encode() for name in names]
        codes, name_of = _grams(names)
        pairs = np.sort(codes.astype(np.uint64) << np.uint64(32) | name_of.view(np.uint32))
        codes, posting = (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32).view(np.int32)
        first = np.flatnonzero(np.concatenate((codes[:1] == codes[:1], codes[1:] != codes[:-1])))
        return cls({
            "text": np.frombuffer(b"".join(encoded), dtype=np.uint8),
            "cut": np.cumsum([0, *map(len, encoded)], dtype=np.int64),
            "owner": np.array(owner, dtype=np.int32),
            "owners": np.array([*owners, len(owner)], dtype=np.int32),
            "gram": codes[first],
            "start": np.append(first, len(codes)).astype(np.int64),
            "posting": posting,
            "grams": np.bincount(name_of, minlength=len(names)).astype(np.uint16),
        })  # fmt: skip

    def rename(self, rows: Iterable[int], named: Iterable[tuple[str, int]]) -> None:
        """The entities are now called so; their names in the index count no longer."""
        self._renamed = frozenset(rows)
        gone = np.flatnonzero(np.isin(self.arrays["owner"], list(self._renamed)))
        names = np.unique(np.searchsorted(self.arrays["owners"], gone, side="right") - 1)
        self._stale = np.array([n for n in names.tolist() if not self._owners(n)], dtype=np.int64)
        self._overlay = list(named)

    def search(self, text: str, limit: int) -> list[tuple[int, str, float]]:
        """(entity row, folded name, likeness) of the entities with a name like the text, best first; ties are not cut."""
        folded = fold(text[:LONGEST])
        if not folded:
            return []
        scored: dict[int, tuple[float, str]] = {}
        found = self._candidates(folded)
        scores = similarities(folded, [name for name, _ in found])
        ranked = sorted(((score, name, n) for score, (name, n) in zip(scores, found, strict=True)), reverse=True)
        least = 0.0
        for score, name, n in ranked:
            if len(scored) >= limit and score < least:
                break
            for row in self._owners(n):
                scored.setdefault(row, (score, name))
            least = score
        for name, row in self._overlay:
            score = similarity(folded, name)
            if score > scored.get(row, (0.0, ""))[0]:
                scored[row] = (score, name)
        best = sorted(((row, name, score) for row, (score, name) in scored.items()), key=lambda hit: (-hit[2], hit[0]))
        worst = best[limit - 1][2] if 0 < limit <= len(best) else 0.0
        return [hit for hit in best if hit[2] >= worst and hit[2] > 0] if limit > 0 else []

    def _candidates(self, folded: str) -> list[tuple[str, int]]:
        """(name, number of the name) of the names that share most n-grams with the text."""
        names = len(self.arrays["grams"])
        codes = np.unique(_grams([folded], 1)[0])
        gram, start = self.arrays["gram"], self.arrays["start"]
        at = np.searchsorted(gram, codes)
        at = at[at < len(gram)][gram[at[at < len(gram)]] == codes[at < len(gram)]]
        if not len(at):
            return []
        at = at[np.argsort(start[at + 1] - start[at], kind="stable")]
        read = np.cumsum(start[at + 1] - start[at])
        at = at[: max(1, int(np.searchsorted(read, HITS, side="right")))]
        posting = self.arrays["posting"]
        overlap = np.bincount(np.concatenate([posting[start[a] : start[a + 1]] for a in at.tolist()]), minlength=names)
        overlap[self._stale] = 0
        found = np.flatnonzero(overlap > 0)
        likeness = overlap[found] / (len(codes) + self.arrays["grams"][found].astype(np.float32))
        if len(found) > CANDIDATES:
            found = found[np.argpartition(-likeness, CANDIDATES)[:CANDIDATES]]
        return [(self._name(n), n) for n in found.tolist()]

    def _name(self, n: int) -> str:
        cut = self.arrays["cut"]
        return bytes(self.arrays["text"][cut[n] : cut[n + 1]]).decode()

    def _owners(self, n: int) -> list[int]:
        owners = self.arrays["owners"]
        rows: list[int] = self.arrays["owner"][owners[n] : owners[n + 1]].tolist()
        return [row for row in rows if row not in self._renamed] if self._renamed else rows


def similarity(a: str, b: str) -> float:
    """Likeness of two folded names, 0 … 1: edits over length, or the same words in another order.

    A swap of neighbours is one edit; so is a wrong letter, but the same letters in another order count for a little more.

    >>> similarity("kenia", "kenya"), similarity("keyna", "kenya"), similarity("york new", "new york")
    (0.8, 0.82, 0.97)
    """
    return similarities(a, [b])[0]


def similarities(a: str, names: Sequence[str]) -> list[float]:
    """The likeness of each of the names to one (:func:`similarity`)."""
    scores = process.cdist([a], names, scorer=OSA.normalized_similarity, dtype=np.float64)[0]
    letters = sorted(a)
    for i, name in enumerate(names):
        if len(name) == len(a) and 0 < scores[i] < 1 and sorted(name) == letters:
            scores[i] += 0.1 * (1 - scores[i])
    several = [i for i, name in enumerate(names) if " " in name] if " " not in a else list(range(len(names)))
    if several:
        same_words = process.cdist([a], [names[i] for i in several], scorer=fuzz.token_sort_ratio, dtype=np.float64)[0]
        scores[several] = np.maximum(scores[several], 0.97 * same_words / 100)
    found: list[float] = scores.round(4).tolist()
    return found


def gram_codes(names: list[str], slack: int = 0) -> list[list[int]]:
    """The hashed n-grams of each name, each once, sorted (``slack``: see :func:`_grams`)."""
    codes, owner = _grams(names, slack)
    pairs = np.unique(owner.astype(np.uint64) << np.uint64(32) | codes)
    cuts = np.searchsorted(pairs >> np.uint64(32), np.arange(1, len(names), dtype=np.uint64))
    return [(part & np.uint64(0xFFFFFFFF)).tolist() for part in np.split(pairs, cuts)] if names else []


def _grams(names: list[str], slack: int = 0) -> tuple[Codes, NDArray[np.int32]]:
    """(hashed n-gram, number of its name) pairs; ``slack``: how much longer a name may be to count as short."""
    lengths = np.array([len(name) + 2 for name in names], dtype=np.int64)
    text = "".join(f"\x02{name}\x03" for name in names)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    owner = np.repeat(np.arange(len(names), dtype=np.int32), lengths)
    length = np.repeat(lengths - 2 - slack, lengths)
    pairs = points[:-1] * np.uint32(0x9E3779B1) ^ points[1:] * np.uint32(0x85EBCA6B)
    triples = (pairs[:-1] + np.uint32(0x27D4EB2F)) * np.uint32(0xC2B2AE35) ^ points[2:] * np.uint32(0x165667B1)
    one = np.flatnonzero((length <= SHORTEST) & (points > 3))
    two = np.flatnonzero((owner[:-1] == owner[1:]) & (length[1:] <= SHORT))
    three = np.flatnonzero(owner[:-2] == owner[2:])
    grams = np.concatenate((points[one], pairs[two], triples[three]))
    return grams, np.concatenate((owner[one], owner[two], owner[three]))
