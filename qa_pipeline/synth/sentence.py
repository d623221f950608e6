"""Whole questions: the question forms around a noun phrase, for every kind of answer (see docs/grammar.md)."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.synth import shortcuts
from qa_pipeline.synth.inflection import participle, plural_of
from qa_pipeline.synth.nodes import Node, PairNode, Parts, SeedNode, StepNode, type_of
from qa_pipeline.synth.phrase import Phraser
from qa_pipeline.synth.two_sentences import ask_in_two
from qa_pipeline.synth.words import AttributeWords, TypeWords

COMMANDS = ("name", "list", "give me", "show me", "tell me", "find", "show", "get", "please list", "i want to know", "can you tell me",
            "could you list", "do you know", "can you name", "i am looking for", "list all", "name all", "which are", "")  # fmt: skip

# what X is may be asked without a verb: "what colour is X", but not "what father is X"
PROPERTIES = frozenset(
    "breed category class color colour denomination faith gender genre kind nationality rank religion sex shape size sort species style type".split()
)
IN_TWO = 0.05  # of the questions for what a chain reaches are two sentences
KEYWORDS = 0.05  # of the questions for a set are their words alone


def ask_set(p: Phraser, node: Node) -> str:
    """A question for the members of a set."""
    if p.chance(KEYWORDS) and (keywords := ask_in_keywords(p, node)):
        return keywords
    if isinstance(node, StepNode) and p.chance(IN_TWO) and (two := ask_in_two(p, node, ask_step)):
        return two
    ways = [lambda: ask_phrase(p, node)]
    if isinstance(node, StepNode) and node.other:
        ways += [lambda: ask_shared(p, node)]
    if isinstance(node, StepNode) and not node.other:
        ways += [lambda: ask_step(p, node)] * (1 if shortcuts.relatives(node) else 3)
    else:
        ways += [lambda: ask_parts(p, p.parts(node), asked_of(node))] * 2
    return p.rng.choice(ways)()


def ask_in_keywords(p: Phraser, node: Node) -> str:
    """The words alone, as one types them into a search box: "⟦0⟧ author", "author ⟦0⟧", "⟦0⟧ books"; "" where there are none."""
    if not isinstance(node, StepNode):
        return ""
    source = node.source
    if isinstance(source, SeedNode) and not source.whole:
        before = f"⟦{source.index}⟧"
    elif isinstance(source, StepNode) and not source.other:
        before = ask_in_keywords(p, source)
    else:
        return ""
    kin = shortcuts.relatives(node)
    nouns = kin[0] if kin else node.words.nouns if node.forward else node.words.backs
    if node.other and not kin:
        return ""
    if kin and isinstance(source, StepNode) and isinstance(source.source, SeedNode):
        before = f"⟦{source.source.index}⟧"
    elif kin:
        return ""
    nouns = nouns or ((node.answer.singular,) if node.alone else ())
    if not nouns or not before:
        return ""
    noun = p.rng.choice(nouns)
    noun = plural_of(noun) if p.plural(node) else noun
    first = p.chance(0.25) and isinstance(source, SeedNode)
    return f"{noun} {before}" if first else f"{before} {noun}"


def ask_shared(p: Phraser, node: StepNode) -> str:
    """There and back asked for: "who shares an author with X", "which books are by the same author as X"."""
    inner = node.source
    assert isinstance(inner, StepNode)
    source, words = p.np(inner.source), node.words
    kind = p.type_word(node.answer, p.chance(0.6))
    which = p.pick("which", "what", "which other", "what other")
    what = p.pick(
        f"{which} {kind}",
        f"{which} {kind}",
        "who" if node.answer.asked == "who" else "what",
        "who else" if node.answer.asked == "who" else "what else",
    )
    do, middle = p.pick("does", "did"), p.type_word(inner.answer, False)
    nouns = words.backs if node.forward else words.nouns
    ways = [f"{what} {do} {source} share {p.pick('a', 'the', 'the same')} {noun} with" for noun in nouns]
    ways += [
        f"{what} {p.pick('shares', 'share', 'has', 'have')} the same {noun} {p.pick('as', 'with', 'as')} {source}"
        for noun in nouns
    ]
    ways += [f"{what} {p.pick('is', 'are', 'was')} {source} sharing a {noun} with" for noun in nouns]
    ways += [
        f"{p.pick('any', 'are there', 'list', '')} other {kind} with the same {noun} as {source}" for noun in nouns
    ]
    if node.forward:
        ways += [f"{what} {v.finite} the same {middle} as {source}" for v in words.tail_verbs]
        ways += [f"{what} {do} {source} {v.base} {p.pick('the same ' + middle, middle)} with" for v in words.tail_verbs]
    else:
        ways += [f"{what} {p.pick(v.base, v.finite)} the same {middle} as {source}" for v in words.head_verbs]
        ways += [f"{what} {p.pick('is', 'are')} {a} the same {middle} as {source}" for a in words.adjectives]
        ways += [
            f"{what} {p.pick('was', 'were', 'is')} {v.participle} the same {middle} as {source}"
            for v in words.tail_verbs
        ]
    return p.rng.choice(ways) if ways else ask_phrase(p, node)


def asked_of(node: Node) -> str:
    """How one asks for the members of a set: who, what or where."""
    return type_of(node).asked


def ask_phrase(p: Phraser, node: Node) -> str:
    """The noun phrase as a command, a "what is …" or alone."""
    phrase = p.np(node)
    if p.chance(0.5):
        return f"{p.rng.choice(COMMANDS)} {phrase}".strip()
    word = "who" if asked_of(node) == "who" and p.chance(0.8) else p.pick("what", "what", "which")
    if asked_of(node) == "where" and p.chance(0.15):
        word = "where"
    return f"{word} {p.pick('is', 'are', 'were', 'was')} {phrase}"


def ask_parts(p: Phraser, parts: Parts, asked: str) -> str:
    """ "which books … are there", "what books …"."""
    noun = parts.plural if p.chance(0.7) else parts.singular
    post = parts.post
    for mark in ("that were ", "which were ", "that are ", "which are ", "that ", "which ", "who "):
        if post.startswith(mark) and p.chance(0.8):
            verb = mark.split()[1] + " " if len(mark.split()) > 1 else ""
            return f"{p.pick('what', 'which', 'which')} {noun} {verb}{post[len(mark) :]}"
    return p.pick(
        f"{p.pick('what', 'which')} {noun} {p.pick('are', 'is', 'were')} {post}",
        f"what are the {parts.plural} {post}",
        f"{p.pick('what', 'which')} {noun} {post}",
    )


def ask_or_command(p: Phraser, parts: Parts, asked: str) -> str:
    """A noun phrase with a condition, asked for or as a command."""
    if p.chance(0.4):
        return f"{p.rng.choice(COMMANDS)} {p.pick('', 'the ', 'all ')}{parts.plural} {parts.post}".strip()
    return ask_parts(p, parts, asked)


def count_parts(p: Phraser, parts: Parts) -> str:
    """How many there are of a noun phrase with a condition."""
    said = f"{parts.plural} {parts.post}"
    return p.pick(f"how many {said} are there", f"how many {parts.plural} are {parts.post}", f"number of {said}")


def ask_step(p: Phraser, node: StepNode) -> str:
    """Direct questions around the verb of the last walk."""
    source, words = p.np(node.source), node.words
    kind = p.type_word(node.answer, p.plural(node))
    what = p.pick(f"what {kind}", f"which {kind}", f"which {kind}", "who" if node.answer.asked == "who" else "what")
    many = p.is_many(node.source)
    do, did, be = ("do" if many else "does"), "did", ("are" if many else "is")
    if asked := shortcuts.ask_wider(p, node, kind):
        return asked
    if not node.forward and (place := shortcuts.within(p, node)):
        return f"{p.pick('what', 'which', 'which')} {kind} {in_question(p, place)}"
    ways: list[str] = in_place(p, node, kind)
    if node.forward:
        owner = p.owner(node.source) if words.nouns else ""
        for noun in words.nouns:
            some = plural_of(noun) if p.plural(node) else noun
            ways += [
                f"what {some} {p.pick(do, did)} {source} have",
                f"{p.pick('who', 'who') if node.answer.asked == 'who' else 'what'} {p.pick('is', 'are', 'was', 'were')} the {some} {p.pick('of', 'of', 'for', 'in')} {source}",
                f"{source} {p.pick('have', 'had') if many else p.pick('has', 'had')} {p.pick('what', 'which')} {some}",
                f"the {some} of {source} {p.pick('is', 'are')} {p.pick('what', 'who') if node.answer.asked == 'who' else 'what'}",
                f"{what} {p.pick('is', 'are', 'was', 'were')} {p.role(noun)} {p.pick('of', 'of', 'for', 'in')} {source}",
            ]
            ways += [f"what {p.pick('is', 'are')} {owner} 's {some}"] * bool(owner)
            ways += [f"what {noun} {p.pick(be, 'was')} {source}"] * (noun.rsplit(" ", 1)[-1] in PROPERTIES)
        for verb in words.tail_verbs:
            ways += [f"{what} {verb.finite} {source}"] * 2
            ways += [f"{source} {p.pick('was', 'were', be)} {verb.participle} {p.pick('whom', 'who', what)}"]
            if verb.participle.endswith(" by"):
                ways += [
                    f"by whom {p.pick('was', 'were', be)} {source} {verb.participle[:-3]}",
                    f"{what} {p.pick('was', 'were')} {source} {verb.participle}",
                ]
        for verb in words.head_verbs:
            ways += [f"{what} {p.pick(do, did)} {source} {verb.base}"] * 2 + [
                f"{source} {verb.base if many else verb.finite} {what}"
            ]
            if passive := participle(verb.base):
                ways += [
                    f"{what} {p.pick('is', 'are', 'are')} {passive} {'in' if node.back.asked == 'where' else 'by'} {source}"
                ]
        for adjective in words.adjectives:
            last = adjective.rsplit(" ", 1)
            ways += [f"{what} {p.pick(be, be, 'was')} {source} {adjective}", f"{source} {be} {adjective} {what}"]
            if len(last) == 2:
                ways += [f"{last[1]} {what} {be} {source} {last[0]}"]
                if node.answer.asked == "where" and last[1] in ("in", "at", "on"):
                    ways += [f"where {p.pick(be, 'was')} {source} {last[0]}"] * 2
                    ways += [f"where {be} {source}"] * node.alone
                    if node.alone and not isinstance(node.source, SeedNode):
                        ways += [
                            f"{what} {p.pick('has', 'have')} {source}",
                            f"in {what} {p.pick('is', 'are')} there {source}",
                        ]
        ways += [f"{what} {p.pick(be, 'was')} {source} {p.pick('a', 'one')} {back} of" for back in words.backs]
    else:
        for verb in words.tail_verbs:
            ways += [
                f"{what} {p.pick('was', 'were')} {verb.participle} {source}",
                f"{what} {p.pick(do, did)} {source} {verb.base}",
            ] * 2
            ways += [f"{source} {verb.finite} {what}"]
        for verb in words.head_verbs:
            ways += [f"{what} {p.pick(verb.base, verb.finite)} {source}"] * 2
        for adjective in words.adjectives:
            ways += [f"{what} {p.pick('is', 'are', 'was')} {adjective} {source}"] * 2
            ways += [f"{what} can be {adjective} {source}"] if p.chance(0.2) else []
        for noun in words.nouns:
            ways += [
                f"{source} {be} the {noun} of {what}",
                f"{what} {p.pick('has', 'have')} {source} as {noun}",
                f"{what} {p.pick('has', 'have')} {p.pick('the ', '')}{noun} {source}",
                f"{source} was the {noun} for {what}",
                f"{what} {p.pick(be, 'was')} {source} the {noun} of",
            ]
        for back in words.backs:
            ways += [
                f"what are the {plural_of(back)} of {source}",
                f"{what} {p.pick('is a', 'are')} {back} of {source}",
            ]
    return p.rng.choice(ways) if ways else ask_phrase(p, node)


def in_question(p: Phraser, post: str) -> str:
    """What follows a noun, as a question goes on with it: "that live in X" → "live in X", "born in X" → "were born in X"."""
    return post[5:] if post.startswith("that ") else f"{p.pick('are', 'is', 'were', 'was')} {post}"


def in_place(p: Phraser, node: StepNode, kind: str) -> list[str]:
    """Questions that ask at their end: "X is written by a person born in which village"."""
    inner, which = node.source, p.pick("which", "which", "what")
    if not (isinstance(inner, StepNode) and inner.forward and node.forward and isinstance(inner.source, SeedNode)):
        return []
    said = [f"{p.be(inner.source)} {a}" for a in inner.words.adjectives]
    said += [f"{p.pick('is', 'was')} {v.participle}" for v in inner.words.tail_verbs if v.participle]
    said += [v.finite for v in inner.words.head_verbs]
    ends = [f"{a} {which} {kind}" for a in node.words.adjectives]
    ends += [f"that {v.finite} {which} {kind}" for v in node.words.head_verbs]
    if not said or not ends or inner.source.whole:
        return []
    return [f"{p.np(inner.source)} {p.rng.choice(said)} a {inner.answer.singular} {p.rng.choice(ends)}"]


def ask_except(p: Phraser, node: Node, names: Sequence[int]) -> str:
    """A set without some that are named: "everyone in X except Y", "apart from Y, who works in X"."""
    who = " and ".join(f"⟦{index}⟧" for index in names)
    but = p.pick(
        "except",
        "except for",
        "apart from",
        "other than",
        "besides",
        "excluding",
        "not counting",
        "without",
        "aside from",
    )
    parts = p.parts(node)
    all_of = ("everyone", "everybody") if asked_of(node) == "who" else ("everything", "all")
    ways = [f"{ask_set(p, node)} {p.pick(', ', '', '')}{but} {who}"] * 2
    ways += [
        f"{p.rng.choice(COMMANDS)} {p.pick('the ', 'all ', 'all the ')}{parts.plural} {parts.post} {but} {who}".strip()
    ]
    ways += [f"{p.pick(*all_of)} {parts.post} {but} {who}"] * bool(parts.post)
    asked = ask_step(p, node) if isinstance(node, StepNode) and not node.other else ask_phrase(p, node)
    ways += [f"{p.pick('apart from', 'besides', 'other than', 'except for')} {who} , {asked}"]
    return p.rng.choice(ways)


def ask_without(p: Phraser, kind: TypeWords, node: StepNode) -> str:
    """All of a type but those that a walk reaches: "which ports does the X not call at"."""
    source, words, many = p.np(node.source), node.words, p.pick(kind.plural, kind.plural, kind.singular)
    which = p.pick(
        f"which {many}",
        f"what {many}",
        f"{p.rng.choice(COMMANDS)} {p.pick('the ', 'all ', '')}{kind.plural} that".strip(),
    )
    ways: list[str] = []
    if node.forward:
        ways += [f"{which} {p.pick('did not', 'never')} {v.base} {source}" for v in words.tail_verbs]
        ways += [f"{which} {p.pick('does', 'do')} {source} not {v.base}" for v in words.head_verbs]
        ways += [f"{which} {p.pick('is not a', 'are not')} {noun} of {source}" for noun in words.nouns]
    else:
        ways += [
            f"{which} {p.pick('do not', 'does not', 'don t', 'do not')} {v.base} {source}" for v in words.head_verbs
        ] * 2
        ways += [f"{which} {p.pick('are not', 'is not')} {a} {source}" for a in words.adjectives] * 2
        ways += [f"{which} {p.pick('were not', 'was not')} {v.participle} {source}" for v in words.tail_verbs]
        ways += [f"{which} {p.pick('do not', 'does not')} have {source} as {noun}" for noun in words.nouns[:1]]
        ways += [f"{kind.plural} {p.pick('not', 'that are not')} {a} {source}" for a in words.adjectives]
    return p.rng.choice(ways) if ways else f"{which} are not of {source}"


def ask_attribute(p: Phraser, node: Node, words: AttributeWords, name: str) -> str:
    """ "how tall is X", "what is the height of X", "when was X built"."""
    source, owner = p.np(node), p.owner(node)
    name = name if p.chance(0.4) else p.rng.choice(words.names)
    how = p.rng.choice(words.how)
    direct = how.format(source) if "{}" in how else f"{how} {source}"
    owned = f"{owner} 's {name}" if owner else f"the {name} of {source}"
    return p.pick(direct, direct, f"what is the {name} of {source}", owned, f"what {name} does {source} have",
                  f"{p.rng.choice(COMMANDS)} the {name} of {source}".strip(), f"{name} of {source}", f"what are the {plural_of(name)} of {source}")  # fmt: skip


def ask_count(p: Phraser, node: Node) -> str:
    """How many members a set has."""
    parts = p.parts(node)
    stripped = next((parts.post[len(m) :] for m in ("that ", "which ", "who ") if parts.post.startswith(m)), "")
    ways = [f"how many {parts.plural} {parts.post} are there", f"how many {parts.plural} are {parts.post}", f"the number of {parts.plural} {parts.post}",
            f"what is the {p.pick('number', 'total number', 'count')} of {parts.plural} {parts.post}", f"count {p.pick('', 'the ')}{parts.plural} {parts.post}"]  # fmt: skip
    if stripped:
        ways += [f"how many {parts.plural} {stripped}"] * 2
    if isinstance(node, StepNode) and not node.other:
        source, words = p.np(node.source), node.words
        many = p.is_many(node.source)
        do = "do" if many else p.pick("does", "did")
        kinds = p.type_word(node.answer, True)
        if node.forward:
            ways += [f"how many {plural_of(n)} {do} {source} have" for n in words.nouns] * 2
            ways += [f"how many {kinds} {do} {source} {v.base}" for v in words.head_verbs] * 2
            ways += [f"how many {kinds} {v.finite} {source}" for v in words.tail_verbs]
        else:
            ways += [f"how many {kinds} {do} {source} {v.base}" for v in words.tail_verbs] * 2
            ways += [f"how many {kinds} {v.base} {source}" for v in words.head_verbs] * 2
            ways += [f"how many {kinds} are {a} {source}" for a in words.adjectives] * 2
            ways += [f"how many {plural_of(b)} {do} {source} have" for b in words.backs]
    return p.rng.choice(ways)


def ask_whether(p: Phraser, node: StepNode, member: int) -> str:
    """Whether ``⟦member⟧`` is in the set that one walk from a mention reaches; the mentions stand in any order."""
    source, words, x = p.np(node.source), node.words, f"⟦{member}⟧"
    ways = []
    head, tail = (source, x) if node.forward else (x, source)
    for noun in words.nouns:
        ways += [
            f"is {tail} {p.pick('the', 'a')} {noun} of {head}",
            f"does {head} have {tail} as {noun}",
            f"is {tail} {head} 's {noun}" if isinstance(node.source, SeedNode) else f"is {tail} a {noun} of {head}",
            f"is the {noun} of {head} {tail}",
            f"is {tail} {p.role(noun)} of {head}",
        ]
    for verb in words.tail_verbs:
        ways += [f"did {tail} {verb.base} {head}", f"{p.pick('was', 'is')} {head} {verb.participle} {tail}"] * 2
    for verb in words.head_verbs:
        ways += [f"{p.pick('does', 'did')} {head} {verb.base} {tail}"] * 3
    for adjective in words.adjectives:
        ways += [f"is {head} {adjective} {tail}"] * 3
    return p.rng.choice(ways) if ways else f"is {tail} the {words.names[0]} of {head}"


def ask_any(p: Phraser, node: StepNode | PairNode) -> str:
    """Whether there is anything in a set."""
    parts = p.parts(node)
    any_of = [f"are there any {parts.plural} {parts.post}", f"is there any {parts.singular} {parts.post}", f"are there {parts.plural} {parts.post}",
              f"is there a {parts.singular} {parts.post}", f"do any {parts.plural} {parts.post} exist"]  # fmt: skip
    if isinstance(node, StepNode) and node.forward and node.words.nouns:
        noun, source = p.rng.choice(node.words.nouns), p.np(node.source)
        any_of += [f"does {source} have {p.pick('any ', '', 'a ')}{p.pick(noun, plural_of(noun))}"] * 3
        any_of += [f"has {source} got {p.pick('any ' + plural_of(noun), 'a ' + noun)}"]
    if isinstance(node, PairNode) and node.how == "and" and not node.right.forward:
        said, source, words = p.np(node.left), p.np(node.right.source), node.right.words
        one = said.removeprefix("the ")
        any_of += [f"{p.pick('does', 'do')} any {one} {v.base} {source}" for v in words.head_verbs]
        any_of += [f"{p.pick('is', 'are')} any {one} {a} {source}" for a in words.adjectives]
        any_of += [f"{p.pick('is', 'was', 'were')} any {one} {v.participle} {source}" for v in words.tail_verbs]
        any_of += [f"{p.pick('does', 'do')} any of {said} have {source} as {noun}" for noun in words.nouns[:2]]
    return p.rng.choice(any_of)
