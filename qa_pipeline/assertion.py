"""Whether a sentence asserts anything: no question, no command, nothing denied, nothing left open.

The words are English function words, and verbs of saying and thinking; none is about a particular graph. What stands in the
name of something ("Not Another Teen Movie", "May") does not count.
"""

from __future__ import annotations

from collections.abc import Sequence

from kg.names import fold
from qa_pipeline.answer_type import AUXILIARIES, COMMANDS, WH
from qa_pipeline.tokens import tokenize

NEGATIONS = frozenset(
    "not no never nobody none nothing nowhere neither nor cannot without hardly scarcely barely false untrue wrong except "
    "but".split()
)
HEDGES = frozenset(
    "may might maybe perhaps possibly probably likely presumably supposedly allegedly reportedly apparently seemingly "
    "could would should if unless whether hopefully someday almost nearly about around roughly approximately "
    "seems seem seemed rumored rumoured rumor rumour claims claimed claim says said say heard hear guess think thinks "
    "thought believe believes believed suppose supposes assume assumes suspect suspects doubt doubts hope hopes wish "
    "wishes imagine wonder unsure uncertain will shall going".split()
)
ASKING = WH | {"how", "why"}

Span = tuple[int, int]


def no_assertion(text: str, named: Sequence[Span]) -> str:
    """Why the sentence asserts nothing that could be written; "": it does.

    :param named: where names stand

    >>> no_assertion("Heat may be long", ())
    'it is not said for certain (“may”)'
    """
    tokens = [t for t in tokenize(text) if not any(start <= t.start and t.end <= end for start, end in named)]
    words = [fold(token.text) for token in tokens]
    first = tokenize(text)[0].start if tokenize(text) else 0
    begins = bool(tokens) and tokens[0].start == first
    if text.rstrip().endswith("?") or (begins and words[0] in ASKING | AUXILIARIES):
        return "it is a question; ask it instead"
    if (begins and words[0] in COMMANDS) or _begins_with_request(text, named):
        return "it is a request, not a statement"
    for token, word in zip(tokens, words, strict=True):
        if word in NEGATIONS or token.text.casefold().replace("’", "'").endswith("n't"):
            return f"it denies something (“{token.text}”); only what is so can be told"
    for token, word in zip(tokens, words, strict=True):
        if word in HEDGES:
            return f"it is not said for certain (“{token.text}”)"
    return ""


def _begins_with_request(text: str, named: Sequence[Span]) -> bool:
    """Whether it begins with "tell me", "give us" and their kind, though a place may be called Tell."""
    first_two = tokenize(text)[:2]
    if len(first_two) < 2 or fold(first_two[0].text) not in COMMANDS or fold(first_two[1].text) not in ("me", "us"):
        return False
    return not any(start <= first_two[0].start and first_two[1].end <= end for start, end in named)
