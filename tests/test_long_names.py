"""Names of several words with a letter wrong, whose pieces are names as well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.graph import Entity
from kg.networkx_store import NetworkXStore
from kg.question import Link
from qa_pipeline.link import EntityLinker

NAMES = (
    "Stir of Echoes", "Phantom of the Paradise", "Phantom", "Paradise", "Star!", "The Poseidon Adventure", "Poseidon",
    "Camille Claudel", "Camille", "12 Angry Men", "Toy Story 2", "Toy Story", "Henry VII", "Spain", "Italy", "Spain in Italy",
    "Niger", "Republic of Nigeria", "Goodbye, Columbus", "Meg Ryan", "Tom Hanks",
)  # fmt: skip


@pytest.fixture(scope="module")
def linker() -> Iterator[EntityLinker]:
    store = NetworkXStore.open()
    store.add([], [Entity(name, name, (), ("thing",)) for name in NAMES], batch="names")
    yield EntityLinker(store)
    store.close()


def named(links: list[Link]) -> dict[str, str | None]:
    return {k.mention.text: k.candidates[0].id if k.candidates else None for k in links if k.mention.kind == "entity"}


@pytest.mark.parametrize(
    ("text", "mention", "id"),
    [
        ("who was the writer of the film Stir of Ehoes", "Stir of Ehoes", "Stir of Echoes"),
        ("who wrote Phantom of te Paradise", "Phantom of te Paradise", "Phantom of the Paradise"),
        ("who wrote Phantom of the Panadise?", "Phantom of the Panadise", "Phantom of the Paradise"),
        ("who directed the Poseidon Advennture", "the Poseidon Advennture", "The Poseidon Adventure"),
        ("what is the language of Camille Caludel", "Camille Caludel", "Camille Claudel"),
        ("the genre of the movie 12 Anrgy Men", "12 Anrgy Men", "12 Angry Men"),
        ("who wrote Stir of Ehoes in 1999?", "Stir of Ehoes", "Stir of Echoes"),
    ],
)
def test_a_misspelt_long_name_is_found_whole(linker: EntityLinker, text: str, mention: str, id: str) -> None:
    assert named(linker.link(text)) == {mention: id}


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("what borders Spain and Italy?", {"Spain": "Spain", "Italy": "Italy"}),
        ("which films star Tom Hanks and Meg Ryan?", {"Tom Hanks": "Tom Hanks", "Meg Ryan": "Meg Ryan"}),
        ("did Meg Ryan act in Stir of Ehoes?", {"Meg Ryan": "Meg Ryan", "Stir of Ehoes": "Stir of Echoes"}),
        ("who wrote Phantom of the Paradise?", {"Phantom of the Paradise": "Phantom of the Paradise"}),
        ("who was the wife of Henry VIII?", {"Henry VIII": None}),
    ],
)
def test_exact_names_beside_it_and_other_numbers_are_left_alone(
    linker: EntityLinker, text: str, links: dict[str, str | None]
) -> None:
    assert named(linker.link(text)) == links


def test_another_part_of_a_series_is_not_meant(linker: EntityLinker) -> None:
    assert "Toy Story 2" not in named(linker.link("who directed the film Toy Story 3?")).values()


def test_a_name_that_is_said_is_not_given_up_for_one_without_it(linker: EntityLinker) -> None:
    assert named(linker.link("what borders the Republic of Niger?"))["Niger"] == "Niger"
