"""A graph's words are embedded once, as long as they stay the same."""

from __future__ import annotations

import pytest

from kg.graph import Entity, Fact
from kg.networkx_store import NetworkXStore
from qa_pipeline import reading
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.reading import QuestionReader


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The revisions for which words were embedded."""
    revisions: list[int] = []
    make = reading.make_vocabulary

    def counted(revision: int, *arguments: object) -> object:
        revisions.append(revision)
        return make(revision, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "make_vocabulary", counted)
    return revisions


def zoo() -> NetworkXStore:
    store = NetworkXStore.open()
    things = [Entity("Gus", types=("animal",)), Entity("E1", types=("enclosure",)), Entity("Ann", types=("keeper",))]
    store.add([Fact("Gus", "encl", "E1"), Fact("E1", "captain", "Ann")], things, batch="b")
    return store


def test_words_are_embedded_anew_only_if_they_are_others(made: list[int]) -> None:
    store = zoo()
    reader = QuestionReader(store, load_model(str(SHIPPED)))
    assert reader.vocabulary().schema.relations["encl"].aliases == ("enclosure",)
    store.add([Fact("Bo", "encl", "E1")], [Entity("Bo", types=("animal",))], batch="same")
    assert reader.vocabulary().schema.relations["encl"].facts == 2
    store.add([Fact("Ann", "captain", "E1")], batch="other ends")  # which changes what is connected, and no word
    assert reader.vocabulary().schema.relations["captain"].facts == 2
    assert len(made) == 1
    store.add([Fact("Gus", "fed by", "Ann")], batch="other words")
    assert "fed by" in reader.vocabulary().wordings
    assert len(made) == 2


def test_another_view_shares_words_and_knows_its_own(made: list[int]) -> None:
    base, view = zoo(), zoo()
    reader = QuestionReader(base, load_model(str(SHIPPED)))
    reader.vocabulary()
    assert reader.over(view).vocabulary().schema.relations["encl"].aliases == ("enclosure",)
    assert len(made) == 1
    view.add([Fact("Gus", "encl", "Den")], [Entity("Den", types=("encloser",))], batch="v")
    assert reader.over(view).vocabulary().schema.relations["encl"].aliases == ()  # it may be either now
    assert reader.vocabulary().schema.relations["encl"].aliases == ("enclosure",)
