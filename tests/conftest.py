"""The stores that the contract tests run over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.networkx_store import NetworkXStore
from kg.store import GraphStore


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GraphStore]:
    """An empty store of each kind."""
    opened = NetworkXStore.open(":memory:" if request.param == "memory" else tmp_path / "graph.kg")
    yield opened
    opened.close()
