"""The log of votes of every store: kept with the graph, in order, taken back one by one, apart from the facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.errors import StoreError
from kg.graph import Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.store import GraphStore
from kg.votes import Vote

FACT = Fact("Heat", "directed_by", "Mann")
YEAR = Fact("Heat", "année", Literal(1995), start="1990")
FIRST = Vote(
    "v1", "ann", "2026-01-02T03:04:05+00:00", "who directed [MASK]?", True,
    ((("directed_by", False), 1.0), (("écrit par", True), -0.5)), ((FACT.key, 1.0), (YEAR.key, -1.0)),
)  # fmt: skip
SECOND = Vote("v2", "bob", "2025-01-02T03:04:05+00:00", "Wer, “wer” ist's?", False)


def test_votes_come_back_as_they_were_given_in_their_order(store: GraphStore) -> None:
    assert store.votes() == ()
    store.vote(FIRST)
    store.vote(SECOND)
    assert store.votes() == (FIRST, SECOND)


def test_a_vote_is_taken_back_alone(store: GraphStore) -> None:
    store.vote(FIRST)
    store.vote(SECOND)
    assert store.unvote("v1")
    assert store.votes() == (SECOND,)
    assert not store.unvote("v1")
    store.vote(FIRST)
    assert store.votes() == (SECOND, FIRST)


def test_nothing_is_taken_back_where_nobody_voted(store: GraphStore) -> None:
    assert not store.unvote("v1")
    assert store.votes_revision == 0


def test_an_id_is_used_once(store: GraphStore) -> None:
    store.vote(FIRST)
    counted = store.votes_revision
    with pytest.raises(StoreError, match="v1"):
        store.vote(FIRST)
    assert (store.votes(), store.votes_revision) == ((FIRST,), counted)


def test_votes_count_on_and_leave_the_graph_as_it_is(store: GraphStore) -> None:
    store.add([FACT], batch="films")
    before = (store.revision, store.schema(), list(store.facts()))
    counts = [store.votes_revision]
    store.vote(FIRST)
    counts.append(store.votes_revision)
    store.unvote("v1")
    counts.append(store.votes_revision)
    assert counts == sorted(set(counts))
    assert (store.revision, store.schema(), list(store.facts())) == before


def test_undoing_a_batch_leaves_the_votes(store: GraphStore) -> None:
    store.add([FACT], batch="films")
    store.vote(FIRST)
    store.undo("films")
    assert store.votes() == (FIRST,)


def test_votes_stay_in_the_file_and_are_seen_by_others(tmp_path: Path) -> None:
    path = tmp_path / "graph.kg"
    with_votes, other = NetworkXStore.open(path), NetworkXStore.open(path)
    with_votes.vote(FIRST)
    assert other.votes() == (FIRST,)
    assert other.votes_revision == with_votes.votes_revision
    with_votes.close()
    other.close()
    again = NetworkXStore.open(path)
    assert again.votes() == (FIRST,)
    again.close()
