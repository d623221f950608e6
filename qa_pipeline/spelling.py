"""Words with a letter wrong ("distric", "peple"), put right: as a word of the graph's relations and types, or one of grammar."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.lang.en.stop_words import STOP_WORDS

from kg.names import fold
from qa_pipeline.answer_type import COMMANDS
from qa_pipeline.common_words import CommonWords
from qa_pipeline.near_names import ASKING
from qa_pipeline.tokens import Token

KIN = "children parents brothers sisters mother father husband daughter people"
SUPERLATIVES = "biggest largest smallest longest oldest youngest newest"
PLAIN = sorted(STOP_WORDS | ASKING | COMMANDS | set(f"{KIN} {SUPERLATIVES}".split()))
LONG = 5  # letters of a word that may be misspelt, at least
Spelt = tuple[Token, str]


def misspelt(tokens: Sequence[Token], words: Collection[str], common: CommonWords) -> Iterator[Spelt]:
    """The words of a question that are none of English, each with the one word from which a single letter sets it apart.

    Two letters in each other's place count as one that is wrong (optimal string alignment); the first letter is never wrong.
    Capitals are left alone: they begin names.

    :param words: of the graph's relations and types, folded; these come first
    """
    for token in tokens:
        word = fold(token.text)
        if (
            len(word) < LONG
            or not token.text.isalpha()
            or not token.text.islower()
            or word in words
            or common.knows(word)
        ):
            continue
        right = _nearest(word, words) or _nearest(word, PLAIN)
        if right is not None:
            yield token, right


def _nearest(word: str, words: Collection[str]) -> str | None:
    """The only word one letter away that begins with the same letter; of one and its plural, that with the same ending."""
    near = [
        w
        for w, _, _ in process.extract(word, words, scorer=OSA.distance, score_cutoff=1, limit=None)
        if w[:1] == word[:1]
    ]
    near = [w for w in near if len(w) >= LONG and not w.endswith("eds")]  # no plurals of participles
    same = [w for w in near if w[-1] == word[-1]]
    chosen = same if len(near) > 1 else near
    return chosen[0] if len(chosen) == 1 else None
