"""The small graphs that were written blind: they import without a loss, and their questions speak of what is there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from kg.opening import open_store
from qa_pipeline import AskGraph

OF_THIRTY = (
    "auction climbing conference firebrigade lawfirm myth newsroom olympics orchestra parliament podcast rental shop "
    "startups vineyard zoo"
)
HALVES = {"city film lab restaurant": {"guide": 60}, OF_THIRTY: {"guide": 30, "score": 30}}
FOLDERS = sorted(path for path in (Path(__file__).parent / "unseen").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_questions_are_of_the_graph(folder: Path, tmp_path: Path) -> None:
    nodes = folder / "nodes.tsv"
    report = AskGraph.import_graph(folder / "kb.tsv", to=tmp_path / "g.kg", nodes=nodes if nodes.exists() else None)
    assert not report.rejected
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    halves = next((h for names, h in HALVES.items() if folder.name in names.split()), {"guide": 40, "score": 40})
    assert len({row["question"] for row in rows}) == len(rows) == sum(halves.values())
    assert Counter(row["half"] for row in rows) == halves
    assert sum(row["answers"] is None for row in rows) in ((4, 6) if len(rows) == 80 else (2, 5, 6))
    store = open_store(tmp_path / "g.kg", create=False)
    try:
        values = {f.tail.text for f in store.facts() if not isinstance(f.tail, str)}
        for row in rows:
            for answer in row["answers"] or ():
                known = store.entities([answer]) or answer in values or answer in ("yes", "no") or answer.isdigit()
                assert known, (row["question"], answer)
    finally:
        store.close()
