"""What speaks against the links of a question's names."""

from __future__ import annotations

import pytest

from kg.graph import Entity
from kg.networkx_store import NetworkXStore
from qa_pipeline.link import EntityLinker
from qa_pipeline.link_signs import LinkSigns, link_signs


@pytest.fixture(scope="module")
def linker() -> EntityLinker:
    store = NetworkXStore.open()
    names = ("Phantom", "Paradise", "Naryn", "Spain", "Sarina", "Sabina", "The Bank Job")
    store.add([], [Entity(name, name, (), ("thing",)) for name in names], batch="names")
    return EntityLinker(store)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Which countries border Spain?", LinkSigns()),
        ("Who wrote The Bank Job?", LinkSigns()),
        ("which countries border spain", LinkSigns()),
        ("Who wrote Phantom of the Paradise?", LinkSigns(cut=True)),
        ("Who wrote Phantom, Paradise?", LinkSigns()),
        ("Which countries border Spain and which seas?", LinkSigns()),
        ("What is the distance between Spain and Naryn?", LinkSigns()),
        ("Who is the CEO of Spain?", LinkSigns(nil=True)),
        ("What is Spain's GDP?", LinkSigns(nil=True)),
        ("Which countries border Zubrowka?", LinkSigns(nil=True)),
    ],
)
def test_a_part_of_a_longer_name_and_an_unknown_one_speak_against_a_link(
    linker: EntityLinker, text: str, signs: LinkSigns
) -> None:
    assert link_signs(text, linker.link(text)) == signs


def test_the_more_names_a_misspelt_one_may_be_the_less_sure_it_is(linker: EntityLinker) -> None:
    one, two = (link_signs(text, linker.link(text)) for text in ("Who borders Spian?", "Who borders Sarbina?"))
    assert one.inexact > 0 and one.rivals == 0
    assert two.inexact > 0 and two.rivals == 1
