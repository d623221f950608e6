"""How common words are, read off the encoder's vocabulary, whose pieces are ordered by frequency."""

from __future__ import annotations

import math

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from encoder.text import DEFAULT_ENCODER, load_encoder
from qa_pipeline.tokens import uninflected

COMMON = 12_000  # rank down to which a word is common
PIECE = 4  # letters of a word that is found in another
ENDINGS = ("er", "ers", "or", "ors", "ee", "ees", "ist", "ists", "able", "ible", "al", "ly", "ment", "ness")
LONG = 6  # letters of a word of which nobody thinks that it is a piece of another
COMMONEST, RAREST = 2_000, 25_000  # ranks of rarity 0 and 1


class CommonWords:
    """The words of English by frequency."""

    def __init__(self, encoder: str = DEFAULT_ENCODER) -> None:
        self._rank: dict[str, int] = load_encoder(encoder)[0].get_vocab()
        self._common = [w for w, i in self._rank.items() if w.isalpha() and len(w) > 3 and i < COMMON]

    def rarity(self, word: str) -> float:
        """0: among the commonest two thousand words of English; 1: rare or unknown."""
        rank = self._rank.get(word)
        if rank is None:
            return 1.0
        scale = math.log(RAREST) - math.log(COMMONEST)
        return min(1.0, max(0.0, (math.log(rank) - math.log(COMMONEST)) / scale))

    def knows(self, word: str) -> bool:
        """Whether a folded word is one, one with an ending ("advisee"), or two in one ("substation")."""
        stems = {word, *uninflected(word), *(word.removesuffix(ending) for ending in ENDINGS)}
        if any(self._is_stem(stem) for stem in stems | {f"{stem}e" for stem in stems if len(stem) >= PIECE}):
            return True
        cuts = range(PIECE, len(word) - PIECE + 1)
        return any(self._is_piece(word[:at]) and self._is_piece(word[at:]) for at in cuts)

    def _is_piece(self, word: str) -> bool:
        return any(self._rank.get(form, RAREST) < COMMON for form in {word, *uninflected(word)})

    def _is_stem(self, form: str) -> bool:
        """Whether a word without its ending is common, or long and known."""
        return self._rank.get(form, RAREST) < (RAREST if len(form) >= LONG else COMMON)

    def lacks(self, word: str) -> bool:
        """Whether a word is no common one, nor one of these with an ending or with a letter wrong."""
        if self.rarity(word) < 1.0 or any(map(self._is_stem, uninflected(word))):
            return False
        return (
            process.extractOne(word, self._common, scorer=fuzz.ratio, score_cutoff=86) is None
            and process.extractOne(word, self._common, scorer=OSA.distance, score_cutoff=1) is None
        )
