"""Nouns that English defines over other relations, where the graph has only these: "grandparent", "teammate", "boss".

A noun that a question says and that no relation or type of the graph is called is looked up here: kin over whatever tells of
parents and spouses, fellows ("teammates", "co-authors", "colleagues") over what they have in common, and roles over the verb
that says the same ("boss" of `reports to`, "mentee" of `mentored by`). It is then a relation like any other in the memory of this
question, and in the plan the walks that it stands for; docs/decisions/0027.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from kg.defined import Defined, Step, Walk
from kg.english_words import form_of
from kg.graph import Schema
from kg.names import fold, words_of
from kg.question import Link
from qa_pipeline.answer_type import NAMED
from qa_pipeline.said import Phrases, Said
from qa_pipeline.tokens import Token, stem, tokenize, uninflected

Names = tuple[tuple[str, bool], ...]  # what relations are called, and whether they are walked from tail to head

# P: a parent, F: a father, M: a mother, C: a child, S: a spouse, c: another child of the parent just before
KIN = {
    "parent": "P",
    "child": "C",
    "kid": "C",
    "offspring": "C",
    "grandparent": "PP",
    "grandfather": "PF",
    "grandmother": "PM",
    "paternal grandparent": "FP",
    "paternal grandfather": "FF",
    "paternal grandmother": "FM",
    "maternal grandparent": "MP",
    "maternal grandfather": "MF",
    "maternal grandmother": "MM",
    "grandchild": "CC",
    "great grandparent": "PPP",
    "great grandchild": "CCC",
    "sibling": "Pc",
    "brother and sister": "Pc",
    "sister and brother": "Pc",
    "uncle and aunt": "PPc",
    "aunt and uncle": "PPc",
    "nephew and niece": "PcC",
    "niece and nephew": "PcC",
    "cousin": "PPcC",
    "parent in law": "SP",
    "in law": "SP",
    "father in law": "SF",
    "mother in law": "SM",
    "child in law": "CS",
}
PARENTS = ("parent", "child of", "son of", "daughter of")  # names of relations from a child
VERBAL = ("child of", "parent of")  # whose other end no noun tells, unlike that of "children"
FATHERS, MOTHERS = ("father", "fathered by"), ("mother", "mothered by")
CHILDREN = ("child", "children", "son", "daughter", "parent of", "father of", "mother of")  # from a parent
SPOUSES = ("spouse", "married to", "married", "husband", "wife", "spouse of")
TO, FROM = False, True  # along a relation, or from its other end
SUPERIORS: Names = (("report to", TO), ("supervised by", TO), ("managed by", TO), ("manager", TO), ("supervisor", TO))
HEADS: Names = (("led by", TO), ("headed by", TO), ("run by", TO), ("coached by", TO), ("head coach", TO))
WORKERS: Names = (("work for", FROM), ("work at", FROM), ("employed by", FROM), ("employer", FROM))
TEACHERS: Names = (("studied under", TO), ("pupil of", TO), ("student of", TO), ("taught by", TO), ("teach", FROM))
MASTERS: Names = (("apprenticed to", TO),)
ALUMNI: Names = (("attended", FROM), ("studied at", FROM), ("graduated from", FROM), ("educated at", FROM))
RESIDENTS: Names = (("live in", FROM), ("lived in", FROM), ("lived at", FROM), ("reside in", FROM))
BEFORE: Names = (
    *(("follow", TO), ("replace", TO), ("supersede", TO), ("precede", FROM), ("preceded by", TO)),
    *(("followed by", FROM), ("replaced by", FROM), ("superseded by", FROM), ("succeeded by", FROM)),
)
EATEN: Names = (("eat", TO), ("prey on", TO), ("feed on", TO), ("hunt", TO), ("eaten by", FROM), ("hunted by", FROM))
CURES: Names = (("treat", FROM), ("indicated for", FROM), ("treated with", TO))
GIVERS: Names = (("donated by", TO), ("given by", TO), ("gift of", TO))
NEEDED: Names = (("depend on", TO), ("rely on", TO))
OWNERS: Names = (("owned by", TO), ("subsidiary of", TO), ("part of", TO))


def _turned(names: Names) -> Names:
    return tuple((name, not inverse) for name, inverse in names)


ROLES: dict[str, Names] = {  # nouns for which a graph may have a verb that looks like none of their forms
    "boss": SUPERIORS + HEADS,
    "line manager": SUPERIORS,
    "superior": SUPERIORS,
    "manager": SUPERIORS[:2] + HEADS,
    "supervisor": SUPERIORS[:1],
    "subordinate": _turned(SUPERIORS),
    "direct report": _turned(SUPERIORS),
    "employer": _turned(WORKERS),
    "employee": WORKERS,
    "staff": WORKERS,
    "teacher": TEACHERS + MASTERS,
    "master": MASTERS,
    "student": _turned(TEACHERS),
    "pupil": _turned(TEACHERS) + _turned(MASTERS),
    "apprentice": _turned(MASTERS),
    "alumnus": ALUMNI,
    "alumni": ALUMNI,
    "graduate": ALUMNI,
    "former pupil": ALUMNI,
    "former student": ALUMNI,
    "old boy": ALUMNI,
    "alma mater": _turned(ALUMNI),
    "resident": RESIDENTS,
    "inhabitant": RESIDENTS,
    "predecessor": BEFORE,
    "prequel": BEFORE,
    "successor": _turned(BEFORE),
    "sequel": _turned(BEFORE),
    "prey": EATEN,
    "predator": _turned(EATEN),
    "prey on": _turned(EATEN),
    "cure": CURES,
    "remedy": CURES,
    "treatment": CURES,
    "medication": CURES,
    "medicine": CURES,
    "med": CURES,
    "side effect": (("cause", TO),),
    "donor": GIVERS,
    "gift": _turned(GIVERS),
    "donation": _turned(GIVERS),
    "dependency": NEEDED,
    "dependant": _turned(NEEDED),
    "dependent": _turned(NEEDED),
    "parent company": OWNERS,
    "subsidiary": _turned(OWNERS),
    "tributary": (("flow into", FROM), ("drain into", FROM)),
    "moon": (("orbit", FROM),),
    "finder": (("discovered by", TO), ("found by", TO)),
}
COLLEAGUES = frozenset(("colleague", "coworker", "workmate", "co worker"))
WORKS = ("work for", "work at", "employer", "employed by", "employed at")
LISTED = KIN.keys() | ROLES.keys() | COLLEAGUES
MEMBERS = ("member of", "play for", "belong to")  # of what is a group, where nothing is called so
GROUPS = frozenset("band club crew group squad team".split())
MODALS = ("may", "can")
DOERS = ("er", "or", "star")  # what a "co-…" ends with; who cooperates has operated nothing
DETERMINERS = frozenset("a an the their his her its".split())
AFTER = ("", "?", ".", "whom", "who", "which", "what", "how")  # what an "of" without a name stands before
COPULAS = frozenset("is are was were".split())
LONGEST = 3  # words of a noun
SHORT = 3  # letters of what fellows have in common, at least
MOST = 3  # relations that a fellow's noun may be about


def defined_nouns(
    schema: Schema, phrases: Phrases, text: str, links: Sequence[Link], told: Sequence[Said]
) -> tuple[dict[str, Defined], tuple[Said, ...]]:
    """The relations that a question says and the graph has in other words, by id, and what it says of the graph's own by them.

    :param told: the relations that it says in the graph's words, which need no other
    """
    found: dict[str, Defined] = {}
    said: list[Said] = []
    nouns = list(_nouns(text, links))
    for start, end, noun in nouns:
        as_said = text[start:end]
        if noun == "in law" and "-" not in as_said and not as_said.endswith("s"):
            continue  # a degree in law
        if any(noun in fold(s.phrase) for s in told) or _words(fold(text[start:end])) in phrases:
            continue
        ways = tuple(sorted(set().union(*(_ways(text, a, b) for a, b, other in nouns if other == noun))))
        walked = enumerate(_walks_of(noun, schema, phrases))
        senses = [Defined(f"={noun} {i}", noun, walks, ways) for i, walks in walked]
        found |= {sense.id: sense for sense in senses}
        relations = frozenset().union(*(sense.relations for sense in senses))
        often = max((walk.count(step) for sense in senses for walk in sense.walks for step in walk), default=0)
        often -= sum(not s.relations.isdisjoint(relations) for s in told)  # "co-writers" says `written by` once
        said += [Said(text[start:end], relations, frozenset(), alone=False)] * often
    return found, tuple(said)


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(map(stem, phrase.split()))


def _nouns(text: str, links: Sequence[Link]) -> Iterator[tuple[int, int, str]]:
    """The phrases that may be such nouns, in the singular, the longest first from each place; not in names and types."""
    tokens = [t for t in tokenize(text) if t.text not in "-–"]
    free = [not any(k.mention.covers(t.start, t.end) and k.score >= NAMED for k in links) for t in tokens]
    words = [_singular(t) for t in tokens]
    at = 0
    while at < len(tokens):
        for width in range(min(LONGEST, len(tokens) - at), 0, -1):
            noun = " ".join(words[at : at + width]).replace(" mate", "mate")
            fellows = width == 2 and (words[at] == "co" or words[at + 1] == "mate")
            if all(free[at : at + width]) and (width == 1 or noun in LISTED or fellows):
                yield tokens[at].start, tokens[at + width - 1].end, noun
                at += width - 1
                break
        at += 1


def _ways(text: str, start: int, end: int) -> set[bool]:
    """Which ways a noun is walked: from whom the question asks for where it says "whose boss is X", "with X as a boss", "is X
    the boss of"; either way where it asks whether X is one."""
    before = [fold(token.text) for token in tokenize(text[:start])]
    after = [fold(token.text) for token in tokenize(text[end:])]
    if before and before[0] in COPULAS:
        return {False, True}
    if before and before[-1] in DETERMINERS:
        before.pop()
    return {before[-1:] in (["whose"], ["as"]) or (after[:1] == ["of"] and "".join(after[1:2]) in AFTER)}


def _singular(token: Token) -> str:
    word = fold(token.text)
    if word.endswith("children"):
        return word.removesuffix("ren")
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word if word.endswith(("ss", "us")) else word.removesuffix("s")


def _walks_of(noun: str, schema: Schema, phrases: Phrases) -> Iterator[tuple[Walk, ...]]:
    """The walks that a noun stands for in this graph: of each of its senses all, so that parents are fathers and mothers."""
    if noun in KIN:
        walks = tuple(_kin(KIN[noun], phrases))
        if walks and (len(walks) > 1 or len(walks[0]) > 1 or _called(VERBAL, phrases)):
            yield walks
    elif noun in ROLES:
        for name, inverse in ROLES[noun]:
            yield from (((Step(relation, inverse),),) for relation in _called((name,), phrases))
    elif own := _fellows(noun, schema, phrases):
        for step in own[:MOST]:
            yield ((step, step.back),)
    elif relations := _done_to(noun, phrases):
        yield tuple((Step(relation, True),) for relation in relations)


def _called(names: Sequence[str], phrases: Phrases) -> list[str]:
    """The relations that bear one of the names, as it is, with a modal ("may treat") or a plural in brackets ("spouse(s)")."""
    found: dict[str, None] = {}
    for words in map(_words, names):
        for name in (words, *((modal, *words) for modal in MODALS), (*words, "s")):
            found |= dict.fromkeys(sorted(phrases.get(name, ())))
    return list(found)


def _kin(letters: str, phrases: Phrases) -> Iterator[Walk]:
    """The walks of a word for kin, over what the graph tells of parents, children and spouses; none, if it tells too little."""
    fathers, mothers = ([Step(r) for r in _called(names, phrases)] for names in (FATHERS, MOTHERS))
    parents = [Step(r) for r in _called(PARENTS, phrases)] or fathers + mothers
    children = [Step(r) for r in _called(CHILDREN, phrases)]
    parents = parents or [Step(step.relation, True) for step in children]
    children = children or [Step(step.relation, True) for step in parents]
    spouses = [Step(r, inverse) for r in _called(SPOUSES, phrases) for inverse in (False, True)]
    steps = {"P": parents, "F": fathers, "M": mothers, "C": children, "S": spouses}
    for walk in product(*(steps.get(letter, [None]) for letter in letters)):
        whole: list[Step] = []
        for step in walk:
            whole.append(step if step is not None else whole[-1].back)
        yield tuple(whole)


def _fellows(noun: str, schema: Schema, phrases: Phrases) -> list[Step]:
    """The steps to what fellows have in common: a team of teammates, what co-authors have written."""
    if noun in COLLEAGUES:
        return [Step(relation) for relation in _called(WORKS, phrases)]
    if noun.endswith("mate") and len(common := noun.removesuffix("mate")) >= SHORT:
        return [Step(r) for r in sorted(_relations_to(common, schema, phrases))]
    if noun.startswith("co") and noun.endswith(DOERS) and len(doer := noun.removeprefix("co").strip()) > SHORT:
        relations = phrases.get((stem(doer),), frozenset()) | phrases.roots.get(doer, frozenset())
        relations |= frozenset().union(*(phrases.roots.get(root, frozenset()) for root in uninflected(doer)))
        return [Step(r, form_of(schema.relations[r].name or words_of(r)) != "verb") for r in sorted(relations)]
    return []


def _relations_to(noun: str, schema: Schema, phrases: Phrases) -> set[str]:
    """The relations that lead to things called so: by the end of their names, by the type of what they lead to."""
    named = {r for words, ids in phrases.items() if words[-1] == stem(noun) for r in ids}
    typed = {r.id for r in schema.relations.values() if any(fold(t) == noun for t, _ in r.range)}
    return named | typed or set(_called(MEMBERS, phrases) if noun in GROUPS else ())


def _done_to(noun: str, phrases: Phrases) -> list[str]:
    """The relations of a noun in -ee: a mentee is mentored by somebody."""
    root = noun.removesuffix("ee")
    if root == noun or len(root) <= SHORT or noun in ("committee", "referee"):
        return []
    passive = (ids for words, ids in phrases.items() if words[-1] == "by" and words[0].startswith(root))
    return sorted(frozenset().union(*passive))
