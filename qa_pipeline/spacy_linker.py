"""Entity linking as a spaCy pipeline component, usable without the rest of AskGraph.

>>> import spacy, qa_pipeline.spacy_linker
>>> nlp = spacy.blank("en")
>>> linker = nlp.add_pipe("askgraph_linker", config={"graph": "world.kg"})  # doctest: +SKIP
>>> [(ent.text, ent.kb_id_) for ent in nlp("What is the capital of Austria?").ents]  # doctest: +SKIP
[('Austria', 'Austria (AT)')]
"""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.opening import open_store
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.link import EntityLinker

LABEL = "ENTITY"
NIL = "NIL"  # the kb_id of a name that the graph does not have


class LinkerComponent:
    """Sets ``doc.ents``: label ``ENTITY``, ``kb_id_`` the id of the most prominent reading, ``NIL`` where there is none.

    All readings of a span are in ``span._.links`` (ids, best first). Spans that do not fall on spaCy's token borders are
    widened to them; entities that are in the document already stay where they do not overlap.
    """

    def __init__(self, store: GraphStore) -> None:
        self.store = store
        self.linker = EntityLinker(store)
        if not Span.has_extension("links"):
            Span.set_extension("links", default=())

    def __call__(self, doc: Doc) -> Doc:
        """Link one document, in place."""
        spans = [span for link in self.linker.link(doc.text) if (span := _span_of(doc, link)) is not None]
        taken = {i for span in spans for i in range(span.start, span.end)}
        kept = [ent for ent in doc.ents if taken.isdisjoint(range(ent.start, ent.end))]
        doc.ents = tuple(sorted((*kept, *spans), key=lambda span: span.start))
        return doc


def _span_of(doc: Doc, link: Link) -> Span | None:
    mention = link.mention
    if mention.kind != "entity" or mention.start < 0:
        return None
    kb_id = link.candidates[0].id if link.candidates else NIL
    span = doc.char_span(mention.start, mention.end, label=LABEL, kb_id=kb_id, alignment_mode="expand")
    if span is not None:
        span._.links = tuple(c.id for c in link.candidates)
    return span


@Language.factory("askgraph_linker", default_config={"graph": None})
def make_linker(nlp: Language, name: str, graph: str) -> LinkerComponent:
    """The component over the graph at a path or address.

    :raises StoreError: there is no such graph
    """
    return LinkerComponent(open_store(graph, create=False))
