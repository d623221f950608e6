"""Requests for everything about something: "tell me about X". A plan asks for one thing; what there is to ask is told instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.names import fold
from kg.question import Link, Subgraph

ABOUT = frozenset(
    "tell me,tell me something,tell me more,tell me everything,give me information,information,everything,"
    "what do you know,what can you tell me,what is known,what is there to know".split(",")
)
SHOWN = 8  # relations that are named


def described(text: str, links: Sequence[Link]) -> int | None:
    """The link of which a question asks for everything, if that is all it says.

    >>> from kg.question import Candidate, Mention
    >>> ada = Link(Mention(14, 17, "Ada", "entity"), (Candidate("ada", "Ada", 1.0),), 1.0)
    >>> described("Tell me about Ada.", [ada]), described("Tell me Ada's age", [ada])
    (0, None)
    """
    named = [i for i, k in enumerate(links) if k.mention.kind == "entity" and k.mention.start >= 0 and k.candidates]
    if len(named) != 1:
        return None
    mention = links[named[0]].mention
    before = fold(text[: mention.start]).removesuffix(" the").removesuffix(" about").removesuffix(" on")
    before = before.removeprefix("please ").removeprefix("can you ").removeprefix("could you ")
    return named[0] if before in ABOUT and not any(map(str.isalnum, text[mention.end :])) else None


def what_to_ask(link: int, subgraph: Subgraph, called: Mapping[str, str]) -> str:
    """A sentence that says so, with what the graph knows of it.

    :param called: how each relation reads
    """
    name = subgraph.links[link].mention.text
    slots = [s for s in subgraph.slots if s.seed == link and len(s.path) == 1 and s.nodes]
    slots.sort(key=lambda s: (s.path[0][1], -s.weight))
    known = list(dict.fromkeys(called[s.path[0][0]] for s in slots if s.path[0][0] in called))
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    told = f"; the graph knows {', '.join(known[:SHOWN])}{more}" if known else ""
    return f"this asks for everything about {name}: ask for one thing{told}"
