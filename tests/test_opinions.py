"""What votes come to: bounded, decaying, of like questions only, one word a user, and little of who contradicts everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.graph import Fact
from kg.votes import Direction, Vote
from qa_pipeline.opinions import (
    DISTRUSTED,
    DOUBT,
    HALF_LIFE,
    LEAN,
    NEAR,
    NO_OPINIONS,
    TRUST,
    Opinions,
    lean_of,
    trust_in,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HERE: Direction = ("directed_by", False)
FACT = Fact("Heat", "directed_by", "Mann")
SAME = np.ones(1)


def vote(
    user: str = "ann", sign: float = 1.0, age: float = 0.0, question: str = "who directed [MASK]", n: int = 0
) -> Vote:
    time = (NOW - timedelta(days=age)).isoformat(timespec="seconds")
    return Vote(f"{user}{n}", user, time, question, sign > 0, ((HERE, sign),), ((FACT.key, sign),))


def leaning(*votes: Vote, likeness: float = 1.0) -> float:
    return Opinions.of(votes).leaning(np.array([likeness]), NOW).get(HERE, 0.0)


def lean(net: float) -> float:
    """What so many users of one mind come to."""
    return LEAN * net**2 / (net**2 + DOUBT**2)


def trust(*votes: Vote) -> float:
    return trust_in(FACT, Opinions.of(votes).trust(NOW))


def test_nobody_has_an_opinion_at_first() -> None:
    assert NO_OPINIONS.leaning(SAME, NOW) == {}
    assert trust_in(FACT, NO_OPINIONS.trust(NOW)) == TRUST


def test_praise_raises_and_blame_lowers() -> None:
    assert leaning(vote()) == pytest.approx(lean(1))
    assert leaning(vote(sign=-1)) == pytest.approx(-lean(1))
    assert lean(1) < LEAN / 7 and lean(DOUBT) == LEAN / 2
    assert trust(vote(sign=-1)) < TRUST < trust(vote())


@pytest.mark.parametrize("times", [2, 1_000])
def test_a_word_said_again_counts_once(times: int) -> None:
    again = [vote(n=n) for n in range(times)]
    assert leaning(*again) == leaning(vote())
    assert trust(*again) == trust(vote())


def test_the_last_word_of_a_user_counts() -> None:
    assert leaning(vote(age=2), vote(sign=-1, age=1)) < 0
    assert leaning(vote(sign=-1, age=1), vote(age=2)) < 0  # in whatever order they are kept
    assert trust(vote(age=2), vote(sign=-1, age=1)) < TRUST


def test_words_of_several_add_up_and_stay_within_the_bound() -> None:
    leanings = [leaning(*(vote(f"user {i}") for i in range(n))) for n in (1, 2, 5, 50, 500)]
    assert leanings == sorted(leanings) and leanings[-1] < LEAN
    assert lean_of([HERE, ("x", True)], {HERE: 2.9, ("x", True): 2.9}) == LEAN


def test_one_against_one_is_nothing() -> None:
    assert leaning(vote("ann"), vote("bob", -1)) == 0
    assert trust(vote("ann"), vote("bob", -1)) == TRUST


@pytest.mark.parametrize(
    ("likeness", "share"), [(1.0, 1.0), ((1 + NEAR) / 2, 0.5), (NEAR, 0.0), (0.1, 0.0), (-1.0, 0.0)]
)
def test_a_vote_speaks_for_questions_like_its_own(likeness: float, share: float) -> None:
    assert leaning(vote(), likeness=likeness) == pytest.approx(lean(share))


def test_a_vote_loses_half_of_its_weight_in_its_time() -> None:
    assert leaning(vote(age=HALF_LIFE)) == pytest.approx(lean(0.5))
    assert trust(vote(age=HALF_LIFE)) == pytest.approx(1.5 / 2.5)
    assert leaning(vote(age=-30)) == leaning(vote())  # of a clock that is ahead


def test_a_user_alone_cannot_have_a_fact_left_out() -> None:
    doubts = [trust(*(vote(f"user {i}", -1) for i in range(n))) for n in (1, 2, 3)]
    assert doubts[0] > doubts[1] >= DISTRUSTED > doubts[2]


def test_who_contradicts_everybody_loses_standing() -> None:
    """Five agree on four questions; one says the opposite a thousand times."""
    texts = [f"question {t}" for t in range(4)]
    honest = [vote(f"user {i}", question=t, n=n) for i in range(5) for n, t in enumerate(texts)]
    hostile = [vote("eve", -1, question=texts[n % 4], n=n) for n in range(1_000)]
    alone, both = Opinions.of(honest).judged(np.eye(4)), Opinions.of(honest + hostile).judged(np.eye(4))
    assert alone.standing is not None and both.standing is not None
    assert alone.standing.tolist() == [1.0] * 5
    assert both.standing[:5].min() > 0.9 and both.standing[5] < 0.1
    asked = np.eye(4)[0]
    assert both.leaning(asked, NOW)[HERE] == pytest.approx(alone.leaning(asked, NOW)[HERE], rel=0.05)
    assert trust_in(FACT, both.trust(NOW)) == pytest.approx(trust_in(FACT, alone.trust(NOW)), rel=0.05)


def test_two_who_disagree_are_judged_alike() -> None:
    judged = Opinions.of([vote("ann"), vote("bob", -1)]).judged(np.ones((1, 1)))
    assert judged.standing is not None and judged.standing[0] == judged.standing[1]


some_votes = st.lists(
    st.builds(vote, st.sampled_from("abcd"), st.floats(-3, 3), st.floats(-10, 4_000), st.sampled_from(["q", "r"]))
)


@given(some_votes, st.floats(-1, 1), st.floats(-1, 1))
def test_whatever_is_said_stays_within_the_bounds(votes: list[Vote], first: float, second: float) -> None:
    opinions = Opinions.of(votes)
    opinions = opinions.judged(np.full((len(opinions.texts),) * 2, first))
    for lean in opinions.leaning(np.array([first, second])[: len(opinions.texts)], NOW).values():
        assert abs(lean) < LEAN
    assert all(0 < trusted < 1 for trusted in opinions.trust(NOW).values())
