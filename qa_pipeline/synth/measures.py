"""Whole questions about numbers and dates: superlatives, bounds, comparisons, totals (see docs/grammar.md)."""

from __future__ import annotations

import re

from qa_pipeline.synth.inflection import plural_of
from qa_pipeline.synth.nodes import Impossible, Node, Parts, SeedNode, StepNode
from qa_pipeline.synth.phrase import Phraser
from qa_pipeline.synth.sentence import COMMANDS, asked_of
from qa_pipeline.synth.words import AttributeWords, TypeWords

WHEN = re.compile(r"when (was|is|did|does) \{\} (.+)")
NONE = ("no", "no", "no", "without any", "without a", "any", "a single", "nobody", "no one")
END = re.compile("died|death|dead|until|expir|clos|dissol|abolish|retir|left|end", re.IGNORECASE)


def ends(words: AttributeWords) -> bool:
    """Whether a date tells the end of something, which nothing is "from", nor "of"."""
    return any(END.search(name) for name in words.names)


def ask_best(p: Phraser, node: Node, words: AttributeWords, name: str, most: bool, rank: tuple[str, str]) -> str:
    """The first by an attribute. ``rank``: ("", "") or ("ordinal", "⟦i⟧") or ("number", "⟦i⟧")."""
    parts = p.parts(node)
    name = name if p.chance(0.5) else p.rng.choice(words.names)
    adjective = p.rng.choice(words.most if most else words.least)
    if rank[0] == "ordinal":
        adjective = f"{rank[1]} {adjective}"
    if rank[0] == "number":
        these = p.pick(
            f"the {rank[1]} {adjective} {parts.plural} {parts.post}",
            f"the top {rank[1]} {parts.plural} {parts.post} by {name}"
            if most
            else f"the {rank[1]} {adjective} {parts.plural} {parts.post}",
            f"{rank[1]} {adjective} {parts.plural} {parts.post}",
        )
        return p.pick(f"what are {these}", f"{p.rng.choice(COMMANDS)} {these}".strip())
    degree = (
        p.pick("highest", "greatest", "largest", "most", "biggest") if most else p.pick("lowest", "smallest", "least")
    )
    by = p.pick("", "", f" by {name}")
    the = f"the {adjective} {parts.singular} {parts.post}{by}".replace("  ", " ")
    verb = p.pick("is", "is", "was")
    what = "who" if asked_of(node) == "who" and p.chance(0.5) else p.pick("what", "which")
    ways = [f"{what} {verb} {the}", f"{what} {verb} {the}", the, f"{p.rng.choice(COMMANDS)} {the}".strip()]
    ways += [
        f"{p.pick('which', 'what')} {parts.singular} {parts.post} {verb} the {adjective}{by}",
        f"which of the {parts.plural} {parts.post} is the {adjective}{by}",
        f"of {p.pick('the', 'all', 'all the')} {parts.plural} {parts.post} , {p.pick(what, 'which', 'which one')} is the {adjective}{by}",
    ]
    if isinstance(node, SeedNode) and node.whole:
        ways += [
            f"{p.pick(f'{what} {verb} ', '')}the {adjective} {parts.singular} {p.pick('of all', 'overall', 'of them all')}{by}"
        ]
        ways += [f"{what} {verb} the {adjective} of all {p.pick('the ', '')}{parts.plural}{by}"]
    if isinstance(node, StepNode) and not node.other and (owned := owned_best(p, node, adjective)):
        ways += [f"{what} {verb} {owned}{by}", owned] * 2
    if not rank[0]:
        ways += [
            f"{what} {parts.singular} {parts.post} has the {degree} {name}",
            f"the {parts.singular} {parts.post} with the {degree} {name}",
            f"what is the {parts.singular} with the {degree} {name} {parts.post}",
        ]
    return p.rng.choice(ways)


def owned_best(p: Phraser, node: StepNode, adjective: str) -> str:
    """ "X's oldest daughter", "the oldest of X's daughters"; "" where that is no way to say it."""
    nouns = node.words.nouns if node.forward else node.words.backs
    nouns = nouns or ((node.answer.singular,) if node.alone else ())
    if not nouns or (isinstance(node.source, SeedNode) and node.source.whole):
        return ""
    noun, owner = p.rng.choice(nouns), p.owner(node.source)
    of = f"the {adjective} {noun} of {p.np(node.source)}"
    return (
        p.pick(f"{owner} 's {adjective} {noun}", f"the {adjective} of {owner} 's {plural_of(noun)}", of)
        if owner
        else of
    )


def ask_most(p: Phraser, node: Node, step: StepNode, most: bool) -> str:
    """Which member has the most (or fewest) neighbours over one walk; ``step`` is that walk, its source is ignored."""
    parts, words = p.parts(node), step.words
    how = (
        p.pick("the most", "the most", "the most", "most", f"the {p.pick('largest', 'highest', 'greatest')} number of")
        if most
        else p.pick("the fewest", "the least", "the smallest number of")
    )
    kinds = p.type_word(step.answer, True)
    ways: list[str] = []
    if step.forward:
        ways += [f"{p.pick('has', 'have')} {how} {plural_of(n)}" for n in words.nouns]
        ways += [f"{p.pick(v.finite, v.base)} {how} {kinds}" for v in words.head_verbs] * 2
        ways += [f"{p.pick('is', 'was', 'were')} {v.participle} {how} {kinds}" for v in words.tail_verbs]
        ways += [f"{p.pick('is', 'is', 'are')} {a} {how} {kinds}" for a in words.adjectives] * 2
    else:
        ways += [f"{v.finite} {how} {kinds}" for v in words.tail_verbs] * 2
        ways += [f"has {how} {plural_of(b)}" for b in words.backs]
        ways += [f"has {how} {kinds} {a} it" for a in words.adjectives]
    if step.alone and not (step.forward and ways):  # no other relation has to do with these kinds
        ways += [f"has {how} {kinds}"]
    if not ways:
        raise Impossible
    said = p.rng.choice(ways)
    if p.chance(0.1):
        return f"of {p.np(node)} , {p.pick('which', 'which one', 'which of them')} {said}"
    noun = p.pick(parts.singular, parts.singular, parts.plural)
    which = p.pick(f"which {noun}", f"what {noun}", f"the {parts.singular}")
    if which.startswith("the"):
        return f"{p.pick('what is', 'name', '')} {which} {parts.post} that {said}".strip()
    return f"{which} {parts.post} {said}"


def happening(p: Phraser, words: AttributeWords) -> str:
    """What happens at a date, as a condition: "founded", "that expire", of "when was … founded", "when does … expire"; "" if nothing."""
    said = [found for how in words.how if (found := WHEN.fullmatch(how))]
    if not said:
        return ""
    chosen = p.rng.choice(said)
    return p.pick("", "that were ") + chosen[2] if chosen[1] in ("was", "is") else f"that {chosen[2]}"


def between(p: Phraser, words: AttributeWords, name: str, bounds: str) -> str:
    """A condition with two bounds, "⟦a⟧ and ⟦b⟧": "founded between 1990 and 1999", "with a height of between 5 and 10 metres"."""
    low, high = bounds.split(" and ")
    unit = f" {words.unit}" if words.unit and p.chance(0.6) else ""
    span = p.pick(f"between {low} and {high}", f"between {low} and {high}", f"from {low} to {high}")
    if words.is_date:
        return f"{p.pick(happening(p, words), '', f'with {name}')} {span}".strip()
    return f"{p.pick(f'with a {name} of', f'whose {name} is', f'with {name}')} {span}{unit}"


def filter_parts(
    p: Phraser, node: Node, words: AttributeWords, name: str, operator: str, bound: str, entity: bool
) -> Parts:
    """A noun phrase with a condition on an attribute; ``bound`` is a number, a date or another entity."""
    parts = p.parts(node)
    name = name if p.chance(0.5) else p.rng.choice(words.names)
    if operator == "between":
        return Parts(parts.singular, parts.plural, f"{parts.post} {between(p, words, name, bound)}".strip())
    up = operator in ("GT", "GE")
    comparatives = words.more if up else words.less
    unit = f" {words.unit}" if words.unit and not words.is_date and p.chance(0.6) and not entity else ""
    if words.is_date and not entity:
        said = {
            "GT": p.pick("after", "later than"),
            "GE": p.pick("since", "in or after"),
            "LT": p.pick("before", "earlier than"),
            "LE": p.pick("up to", "until", "in or before"),
        }[operator]
        verb = f"with {name} " if ends(words) else p.pick("", "from ", f"with {name} ", "that appeared ", "dated ")
        if (happened := happening(p, words)) and p.chance(0.5):
            verb = f"{happened} "
        return Parts(parts.singular, parts.plural, f"{parts.post} {verb}{said} {bound}".strip())
    over = {
        "GT": p.pick("more than", "over", "above", "greater than"),
        "GE": p.pick("at least", "no less than"),
        "LT": p.pick("less than", "under", "below", "fewer than"),
        "LE": p.pick("at most", "no more than", "up to"),
    }[operator]
    ways = []
    if not entity:
        ways += [
            f"with {p.pick('a ', '', 'a ')}{name} {p.pick('of ', '')}{over} {bound}{unit}",
            f"with {over} {bound} {words.unit or name}",
            f"that have {over} {bound} {words.unit or name}",
            f"whose {name} is {over} {bound}{unit}",
        ]
        if operator in ("GT", "LT"):
            ways += [f"{c} than {bound}{unit}" for c in comparatives] + [
                f"that are {c} than {bound}{unit}" for c in comparatives
            ]
    else:
        ways += [f"{p.pick('', 'that are ')}{c} than {bound}" for c in comparatives] * 2
        ways += [
            f"with {p.pick('a ', '')}{'higher' if up else 'lower'} {name} than {bound}",
            f"whose {name} is {'greater' if up else 'smaller'} than that of {bound}",
        ]
    return Parts(parts.singular, parts.plural, f"{parts.post} {p.rng.choice(ways)}".strip())


def value_parts(p: Phraser, kind: TypeWords, words: AttributeWords, name: str, bound: str) -> Parts:
    """A noun phrase of what has just this number or date ("books from 1986")."""
    name = p.rng.choice((name, *words.names))
    ways = [*(f"{how} {bound}" for how in (f"whose {name} is", f"with {name}", f"with a {name} of"))]
    ways += [f"that have {bound} as {name}"]
    if words.is_date and not ends(words):
        ways += [f"{how} {bound}" for how in ("of", "from", "in", "dated", "that appeared in", "from the year")]
    if words.is_date and (happened := happening(p, words)):
        ways += [f"{happened} in {bound}"] * 4
    return Parts(kind.singular, kind.plural, p.rng.choice(ways))


def count_filter_parts(p: Phraser, node: Node, step: StepNode, operator: str, bound: str) -> Parts:
    """A noun phrase with a condition on a number of neighbours."""
    parts, words = p.parts(node), step.words
    over = {
        "COUNT_GT": p.pick("more than", "over"),
        "COUNT_GE": "at least",
        "COUNT_LT": p.pick("fewer than", "less than"),
        "COUNT_EQ": p.pick("exactly", "", "just", "only"),
    }[operator]
    kinds = p.type_word(step.answer, True)
    ways = [
        f"{p.pick('with', 'that have')} {over} {bound} {plural_of(n)}"
        for n in (words.nouns if step.forward else words.backs)
    ]
    if step.forward:
        ways += [f"that {v.base} {over} {bound} {kinds}" for v in words.head_verbs]
    else:
        ways += [f"that {v.finite} {over} {bound} {kinds}" for v in words.tail_verbs]
    if step.alone and not ways:
        ways = [f"with {over} {bound} {kinds}"]
    if not ways:
        raise Impossible
    return Parts(parts.singular, parts.plural, f"{parts.post} {p.rng.choice(ways)}".strip())


def none_parts(p: Phraser, node: Node, step: StepNode, none: str, said: str) -> Parts:
    """A noun phrase of what has no neighbours over one walk ("without any X", "that nobody wrote").

    :param none: the word that says so, one of :data:`NONE`; ``said``: its mark
    """
    parts, words, forward = p.parts(node), step.words, step.forward
    one, many = step.answer.singular, p.type_word(step.answer, True)
    nouns = words.nouns if forward else words.backs
    does = words.head_verbs if forward else words.tail_verbs  # the thing does it to its neighbours
    done = words.tail_verbs if forward else words.head_verbs  # they do it to the thing
    ways: list[str] = []
    if none == "no":
        ways += [f"{p.pick('with', 'that have', 'having')} {said} {plural_of(n)}" for n in nouns]
        ways += [f"that {v.base if forward else v.finite} {said} {many}" for v in does]
        ways += [f"that {said} {one} {v.finite}" for v in done]
        ways += [f"that are {a} {said} {p.pick(one, many)}" for a in words.adjectives if forward]
        ways += [f"that have {said} {many} {a} them" for a in words.adjectives if not forward]
    elif none.startswith("without"):
        ways += [f"{said} {n if none != 'without any' or p.chance(0.5) else plural_of(n)}" for n in nouns]
        ways += [f"{said} {one}"] * step.alone
    elif none in ("any", "a single"):
        some = one if none == "a single" else p.pick(one, many)
        ways += [f"that {p.pick('do not', 'don t')} have {said} {n if some == one else plural_of(n)}" for n in nouns]
        ways += [f"that {p.pick('do not', 'did not', 'never')} {v.base} {said} {some}" for v in does]
        ways += [f"that are not {a} {said} {some}" for a in words.adjectives if forward]
        ways += [f"that {p.pick('do not', 'don t')} have {said} {some}"] * step.alone
    elif step.answer.asked == "who":
        ways += [f"{p.pick('that ', 'which ', '')}{said} {v.finite}" for v in done]
    if not ways:
        raise Impossible
    return Parts(parts.singular, parts.plural, f"{parts.post} {p.rng.choice(ways)}".strip())


def ask_compare(p: Phraser, a: str, b: str, kind: TypeWords, words: AttributeWords, name: str, most: bool) -> str:
    """Which of two has more."""
    adjective = (
        p.rng.choice(words.more if most else words.less)
        if (words.more if most else words.less)
        else ("higher" if most else "lower")
    )
    top = p.rng.choice(words.most if most else words.least)
    who = "who" if kind.asked == "who" else p.pick("which", "what")
    degree = p.pick("higher", "greater", "larger", "more", "bigger") if most else p.pick("lower", "smaller", "less")
    return p.pick(f"{who} is {adjective} , {a} or {b}", f"{who} is {adjective} {a} or {b}", f"which {kind.singular} is {adjective} , {a} or {b}", f"is {a} or {b} {adjective}",
                  f"{who} has the {degree} {name} , {a} or {b}", f"which {kind.singular} has a {degree} {name} {a} or {b}", f"which one is {adjective} : {a} or {b}",
                  f"{a} or {b} , which is {adjective}", f"who or what is the {top} of {a} and {b}")  # fmt: skip


def ask_is_more(p: Phraser, a: str, b: str, words: AttributeWords, name: str, more: bool) -> str:
    """Whether one has more than the other (or than a number)."""
    adjectives = words.more if more else words.less
    degree = p.pick("higher", "greater", "larger") if more else p.pick("lower", "smaller")
    ways = [f"is {a} {adjective} than {b}" for adjective in adjectives] * 2
    ways += [
        f"does {a} have a {degree} {name} than {b}",
        f"is the {name} of {a} {degree} than {p.pick('', 'that of ')}{b}",
    ]
    return p.rng.choice(ways)


def ask_total(p: Phraser, node: Node, words: AttributeWords, name: str, function: str) -> str:
    """Sum or mean of an attribute over a set."""
    phrase = p.np(node)
    name = name if p.chance(0.5) else p.rng.choice(words.names)
    said = (
        p.pick("total", "combined", "summed", "overall") if function == "SUM" else p.pick("average", "mean", "typical")
    )
    return p.pick(f"what is the {said} {name} of {phrase}", f"the {said} {name} of {phrase}", f"{p.rng.choice(COMMANDS)} the {said} {name} of {phrase}".strip(),
                  f"what is the {'sum' if function == 'SUM' else 'average'} of the {plural_of(name)} of {phrase}")  # fmt: skip
