"""A short sample of ``benchmarks/crash_memory.py``: what killed tellings, retractions, undos and merges leave."""

from __future__ import annotations

from pathlib import Path

from benchmarks import crash_memory
from kg.networkx_store import NetworkXStore


def test_killed_writes_leave_all_or_nothing(tmp_path: Path) -> None:
    outcomes = crash_memory.run(kills=8, seed=3, folder=tmp_path, longest=0.05, most=12)
    assert [outcome.complaint for outcome in outcomes] == [""] * 8


def test_what_is_wrong_would_be_noticed(tmp_path: Path) -> None:
    known = crash_memory.states(8)
    path = tmp_path / "a.kg"
    for n in range(7):
        store = NetworkXStore.open(path)
        crash_memory.write(n)[1](store)
        store.close()
        assert crash_memory.inspect(path, n + 1, known).complaint == ""
    store = NetworkXStore.open(path)
    store.retract(list(store.facts(limit=1)))
    store.close()
    assert "neither as before" in crash_memory.inspect(path, 7, known).complaint
    assert crash_memory.inspect(path, 5, known).complaint
