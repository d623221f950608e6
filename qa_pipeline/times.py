"""Times in a question that say when: "who was the president of France in 2010", where the graph says since when and until when.

A year that a plan uses ("films of 1986") means what the plan makes of it. One that a plan leaves out is the time at which the
plan is executed, if facts that prove what the plan gives have a validity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.evidence import evidence
from kg.plan import Plan, Result
from kg.question import Mention
from kg.store import GraphStore
from qa_pipeline.reading import Reading

LOOKED_AT = 50  # facts that prove a result, looked at for a validity
YEAR = re.compile(r"[12]\d{3}")
WHEN = re.compile(r"(?:^|\W)(?:in|during|on|at|of|as of|the year|back in)\s+(?:the\s+year\s+)?$", re.IGNORECASE)


def time_meant(
    store: GraphStore, reading: Reading, left_out: Sequence[int], plan: Plan, result: Result
) -> tuple[str, int] | None:
    """The time at which a plan is to be executed, and which of the links that it leaves out says so; None: there is none.

    :param left_out: indices of links
    :param result: what the plan gives whenever its facts hold
    """
    if store.period is not None:
        return None
    said = [(time, i) for i in left_out if (time := time_of(reading.question.text, reading.links[i].mention))]
    if len(said) != 1:
        return None
    timed = any(fact.start or fact.end for fact in evidence(store, plan, result, LOOKED_AT))
    return said[0] if timed else None


def time_of(text: str, mention: Mention) -> str:
    """The time that a mention is, as an ISO 8601 text; "" if it is none, or does not say when.

    >>> time_of("Who ruled in 1970?", Mention(13, 17, "1970", "number", None))
    '1970'
    """
    if not WHEN.search(text[: mention.start]):
        return ""
    if mention.kind == "date" and mention.literal is not None:
        return mention.literal.text
    is_year = mention.kind == "number" and not mention.unit and YEAR.fullmatch(mention.text)
    return mention.text if is_year else ""
