"""Designations that are said without the maker's name: "the 787-9" is the Boeing 787-9, and no number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.question import Candidate, Link, Mention
from kg.store import GraphStore
from qa_pipeline.near_names import FEW, PART
from qa_pipeline.tokens import is_part_of

YEAR = 4  # digits
CODE = re.compile(r"\b[^\W_]+(?:[-/][^\W_]+)+\b")  # "787-9", "A220-300"; with a digit somewhere


def codes(text: str, links: Sequence[Link], literals: Sequence[Mention], store: GraphStore) -> list[Link]:
    """The designations in a text that are part of one or two names, where no name or date is found already."""
    taken = [k.mention for k in links if k.candidates] + [m for m in literals if m.kind == "date"]
    found = []
    for match in CODE.finditer(text):
        start, end, said = match.start(), match.end(), match.group()
        if not _is_code(said) or any(m.start <= start and end <= m.end for m in taken):
            continue
        bearers = [hit for hit in store.search(said, 5) if is_part_of(said, hit.name)]
        if 0 < len(bearers) <= FEW:
            candidates = tuple(Candidate(hit.id, hit.name, PART) for hit in bearers)
            found.append(Link(Mention(start, end, said, "entity"), candidates, PART))
    return found


def _is_code(said: str) -> bool:
    """Whether some part has a digit, and it is no range of years ("2010-2014"), score or fraction ("3-4")."""
    parts = re.split("[-/]", said)
    if all(part.isdigit() for part in parts):
        return max(map(len, parts)) > 2 and {len(part) for part in parts} != {YEAR}
    return any(c.isdigit() for c in said)
