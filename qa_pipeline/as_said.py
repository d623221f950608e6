"""A plan put right where the words of the question leave no doubt: which end of time, which way a number bounds, what is counted.

The model mixes up "before" and "after" more easily than it takes one relation for another; such words are few, and read here.
"""

from __future__ import annotations

from datetime import UTC, datetime

from kg.names import fold
from kg.plan import Count, Join, Plan
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.ages import compares, in_years, order_said, ordered, years_said
from qa_pipeline.bounds import bounded, bounds_said
from qa_pipeline.dimensions import measured
from qa_pipeline.heeded import Heeded
from qa_pipeline.ranked import turned
from qa_pipeline.reading import Reading
from qa_pipeline.sooner import sooner, sooner_said


class AsSaid:
    """What the words of one question say of any plan for it."""

    def __init__(self, store: GraphStore, reading: Reading, heeded: Heeded, whether: bool) -> None:
        text, links = reading.question.text, reading.links
        self.store = store
        self.schema, self.subgraph = store.schema(), reading.subgraph
        self.order, self.aged = order_said(text, links), compares(text, links)
        self.sooner = sooner_said(text, links, whether, reading.said)
        self.years = years_said(text, links)
        self.bounds = bounds_said(text, links) if not (self.years or heeded.two.range) else {}
        self.counted, self.dimensions = heeded.counted, heeded.dimensions
        self.number = self._number_said(text, links, reading)

    def put_right(self, plan: Plan) -> Plan:
        """The plan as the question says it; the same where it is so already, or nothing is said."""
        plan = ordered(plan, self.order, self.schema, self.aged) if self.order else plan
        plan = sooner(plan, self.sooner, self.subgraph, self.schema) if self.sooner else plan
        plan = in_years(plan, self.years, self.schema, datetime.now(UTC).date()) if self.years else plan
        plan = bounded(plan, self.bounds) if self.bounds else plan
        plan = measured(self.store, plan, self.dimensions) if self.dimensions else plan
        plan = turned(plan, self.counted, self.schema) if self.counted else plan
        return Join(plan.source, self.number) if self.number and isinstance(plan, Count) else plan

    def _number_said(self, text: str, links: list[Link], reading: Reading) -> str | None:
        """The relation to numbers that is asked for by its name: "how many *stars* …"."""
        relations = self.schema.relations
        for said in reading.said:
            names = [id for id in said.relations if id in relations]
            asked = fold(text[: text.find(said.phrase)]).endswith(("how many", "how much"))
            if (
                asked
                and said.weight == 1
                and not said.types
                and len(names) == 1
                and relations[names[0]].kind == "number"
            ):
                return names[0]
        return None
