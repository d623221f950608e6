"""A short sample of ``benchmarks/crash.py``: what killed imports and writes leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import crash
from kg.graph import Fact
from kg.networkx_store import NetworkXStore


def test_killed_imports_and_writes_leave_all_or_nothing(tmp_path: Path) -> None:
    outcomes = crash.run(rounds=5, size=4_000, seed=2, folder=tmp_path, longest=0.8)
    assert [outcome.complaints for outcome in outcomes] == [()] * 5
    assert {outcome.kind for outcome in outcomes} == {"import", "write"}


@pytest.mark.parametrize("kind", crash.KINDS)
def test_what_is_wrong_would_be_noticed(tmp_path: Path, kind: str) -> None:
    this = crash.Round(kind, tmp_path / "a.kg", "r", 100)
    facts, entities = this.batch("r.0")
    store = NetworkXStore.open(this.path)
    store.add(facts, entities, batch="r.0")
    assert this.inspect(["r.0"]).complaints == ()
    assert "lost" in this.inspect(["r.0", "r.1"]).complaints[0]
    store.retract(facts[:1])
    assert "half there" in this.inspect(["r.0"]).complaints[0]
    store.add([Fact("a", "next", "b")], batch="r.9")
    assert "not there" in this.inspect(["r.0"]).complaints[-1]
    store.close()
