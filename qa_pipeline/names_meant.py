"""The names in a question and what a plan makes of them: which of their readings are meant, and whether it speaks of any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.plan import Entities, Plan, Result
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.plan_parts import parts_of, with_parts


def names_unknown(links: Sequence[Link]) -> bool:
    """Whether a question names what the graph has not, in words that mean nothing else there."""
    return any(k.is_nil and not _read_otherwise(k, links) for k in links)


def _read_otherwise(nil: Link, links: Sequence[Link]) -> bool:
    """Whether something that the graph has is seen in the same words."""
    mention = nil.mention
    return any(k.mention.start < mention.end and mention.start < k.mention.end for k in links if not k.is_nil)


def names_any(plan: Plan) -> bool:
    """Whether a plan has to do with any entity."""
    return any(isinstance(part, Entities) for part in parts_of(plan))


def narrowed(store: GraphStore, plan: Plan, links: Sequence[Link]) -> tuple[Plan, Result, int]:
    """The plan with its mentions read in the most prominent way that gives anything; the most prominent, if none does.

    :return: the plan, its result, and how many ways of reading it were passed over because they give nothing
    """
    ways = list(dict.fromkeys((*_readings(plan, links), plan)))
    tried = [(ways[0], store.execute(ways[0]))]
    while not (tried[-1][1].nodes or tried[-1][1].value) and len(tried) < len(ways):
        way = ways[len(tried)]
        tried.append((way, store.execute(way)))
    found, result = tried[-1]
    return (found, result, len(tried) - 1) if result.nodes or result.value else (*tried[0], 0)


def _readings(plan: Plan, links: Sequence[Link]) -> Iterator[Plan]:
    """The plan with fewer readings of its mentions: the prominent ones, then those that bear the name as their label."""
    for least in (1.0, 0.99):
        kept = {}
        for link in links:
            ids = tuple(sorted(c.id for c in link.candidates))
            chosen = tuple(sorted(c.id for c in link.candidates if c.score >= least * link.candidates[0].score))
            if link.mention.kind == "entity" and len(chosen) < len(ids):
                kept[ids] = chosen
        if kept:
            yield _replace_entities(plan, kept)


def _replace_entities(plan: Plan, kept: dict[tuple[str, ...], tuple[str, ...]]) -> Plan:
    if isinstance(plan, Entities):
        return Entities(kept.get(plan.ids, plan.ids))
    return with_parts(plan, lambda part: _replace_entities(part, kept))
