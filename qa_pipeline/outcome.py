"""One answer that a question may have, as it is weighed against others."""

from __future__ import annotations

from dataclasses import dataclass

from kg.plan import Plan, Result
from qa_pipeline.decode import NO_RELATIONS, Agreement


@dataclass
class Outcome:
    """One answer that the question may have, with the best of its plans and the probability of all of them.

    ``plan`` and ``result`` are None for "this graph has no answer". ``ignored``: clear mentions that its best plan leaves out.
    ``as_of``: the time in the question at which it was executed. ``held``: how much less it is believed after its plan was held
    against the question's words and its answer against what is asked for, 0 … 1.
    """

    plan: Plan | None
    result: Result | None
    probability: float
    weight: float
    ignored: int = 0
    agreement: Agreement = NO_RELATIONS
    as_of: str | None = None
    held: float = 1.0

    def stand_for(self, other: Outcome) -> None:
        """Give the plan of another outcome of the same result as the one that was meant."""
        self.plan, self.ignored, self.agreement = other.plan, other.ignored, other.agreement
        self.as_of, self.held = other.as_of, other.held

    @property
    def is_empty(self) -> bool:
        return self.result is not None and not self.result.nodes and self.result.value is None
