"""Wording: from a tree of what is asked to English, with many ways to say the same (see docs/grammar.md).

A set is said as a noun phrase in three parts, singular, plural and what follows ("book", "books", "written by X"), so that
every operator can be worded around it. Mentions stand as ``⟦i⟧``.
"""

from __future__ import annotations

import random

from qa_pipeline.synth import shortcuts
from qa_pipeline.synth.inflection import bare, gerund, participle, plural_of
from qa_pipeline.synth.nodes import Impossible, Node, PairNode, Parts, SaidNode, SeedNode, StepNode
from qa_pipeline.synth.words import TypeWords, Verb

# "the town of X" is X, but "the son of X" is not, nor is "the office of X"
AREAS = frozenset(
    "village town city district province state county country island kingdom region republic parish diocese territory".split()
)


class Phraser:
    """Words one question; all choices come from ``rng``."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        # some people say "X's wife's dad", some "the dad of the wife of X"
        self.owning = rng.choice((0.1, 0.3, 0.3, 0.85))
        self.eliding = 0.35  # of the places in between that go without saying are left out

    def pick(self, *options: str) -> str:
        return self.rng.choice(options)

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def type_word(self, words: TypeWords, many: bool) -> str:
        """The type's own word, or now and then another word for it."""
        if words.others and self.chance(0.25):
            other = self.rng.choice(words.others)
            return plural_of(other) if many else other
        return words.plural if many else words.singular

    def plural(self, node: StepNode, otherwise: float = 0.5) -> bool:
        """Whether to speak of what a walk reaches in the plural: mostly as many as there are."""
        return self.chance(otherwise if node.many is None else 0.8 if node.many else 0.15)

    def pair(self, words: TypeWords) -> tuple[str, str]:
        if words.others and self.chance(0.25):
            other = self.rng.choice(words.others)
            return other, plural_of(other)
        return words.singular, words.plural

    def role(self, noun: str) -> str:
        """ "listed as author": what somebody or something is to another, as registers put it."""
        said = self.pick("listed", "listed", "listed", "given", "given", "named", "recorded", "registered", "shown")
        return f"{said} as {self.pick('', '', 'the ')}{noun}"

    # noun phrases ----------------------------------------------------------------------------------------------------

    def np(self, node: Node) -> str:
        """A noun phrase for the whole set."""
        if isinstance(node, SeedNode):
            if node.whole:
                return self.pick("all " + node.type.plural, "the " + node.type.plural, node.type.plural)
            mark = f"⟦{node.index}⟧"
            if self.chance(0.22):
                word = self.type_word(node.type, False)
                ways = [f"the {word} {mark}", f"the {word} {mark}", f"{word} {mark}"]
                ways += [f"the {node.type.singular} of {mark}"] * (node.type.singular in AREAS)
                return self.pick(*ways)
            return mark
        if isinstance(node, SaidNode):
            return f"the {node.text}"
        if isinstance(node, StepNode) and self.chance(self.owning):
            possessive = self.possessive(node)
            if possessive:
                return possessive
        parts = self.parts(node)
        many = self.plural(node) if isinstance(node, StepNode) and node.forward else True
        head = parts.plural if many else parts.singular
        return f"{self.pick('the ', 'the ', 'the ', '')}{head} {parts.post}".strip()

    def possessive(self, node: StepNode) -> str:
        """ "X's author"; "" where that is no way to say it."""
        if (kin := shortcuts.relatives(node)) and self.chance(shortcuts.KIN):
            owner = self.owner(kin[1])
            return (
                owner and f"{owner}{self.pick(chr(39) + 's', ' ' + chr(39) + 's')} {plural_of(self.rng.choice(kin[0]))}"
            )
        nouns = node.words.nouns if node.forward else node.words.backs
        owner = self.owner(node.source)
        if not nouns or not owner or node.other:
            return ""
        noun = self.rng.choice(nouns)
        if self.plural(node, 0.4):
            noun = plural_of(noun)
        return f"{owner}{self.pick(chr(39) + 's', chr(39) + 's', ' ' + chr(39) + 's')} {noun}"

    def owner(self, node: Node) -> str:
        """What 's can follow: a name, or a name's wife; not "the keeper of X", as it is X that "the keeper of X's wife" has. "" if nothing."""
        if isinstance(node, StepNode):
            return self.possessive(node)
        if isinstance(node, PairNode) or (isinstance(node, SeedNode) and node.whole):
            return ""
        said = self.np(node)
        return said if isinstance(node, SeedNode) or "⟦" not in said else ""

    def parts(self, node: Node) -> Parts:
        """The noun phrase in parts."""
        if isinstance(node, SeedNode):
            return Parts(*self.pair(node.type), "")
        if isinstance(node, SaidNode):
            return Parts(node.text, node.text, "")
        if isinstance(node, PairNode):
            return self.pair_parts(node)
        if short := shortcuts.in_a_word(self, node):
            return short
        if node.other and isinstance(node.source, StepNode) and node.source.words is node.words:
            return self.shared(node, node.source)
        return self.forward(node) if node.forward else self.backward(node)

    def forward(self, node: StepNode) -> Parts:
        """Tails of a head: "author(s) of X", "person who wrote X", "village X lies in"."""
        words, source = node.words, self.np(node.source)
        singular, plural = self.pair(node.answer)
        if place := shortcuts.wider(self, node):
            return Parts(singular, plural, f"{self.pick('that ', 'which ', '')}{place}")
        who = "who" if node.answer.asked == "who" else "that"
        ways: list[Parts] = []
        for noun in words.nouns:
            ways += [Parts(noun, plural_of(noun), f"{self.pick('of', 'of', 'of', 'for')} {source}")] * 2
            if self.chance(0.5):
                ways.append(Parts(singular, plural, f"{self.role(noun)} {self.pick('of', 'for', 'in')} {source}"))
        for verb in words.tail_verbs:
            ways.append(Parts(singular, plural, f"{self.pick(who, 'that')} {verb.finite} {source}"))
        for verb in words.head_verbs:
            clause = f"{self.pick('that ', 'which ', '')}{source} {self.head_verb(node.source, verb)}"
            ways.append(Parts(singular, plural, clause))
            if passive := participle(verb.base):
                by = "in" if node.back.asked == "where" else "by"
                ways.append(
                    Parts(singular, plural, f"{self.pick('', 'that are ', 'which are ')}{passive} {by} {source}")
                )
        for adjective in words.adjectives:
            clause = f"{self.pick('that ', 'which ', '')}{source} {self.be(node.source)} {adjective}"
            ways.append(Parts(singular, plural, clause))
            if (place := bare(adjective)) and node.answer.asked == "where":
                ways.append(Parts(singular, plural, f"where {source} {self.be(node.source)} {place}"))
        for back in words.backs:
            clause = f"{self.pick('that ', 'which ', '')}{source} {self.be(node.source)} a {back} of"
            ways.append(Parts(singular, plural, clause))
        return self.rng.choice(ways) if ways else Parts(words.names[0], words.names[0], f"of {source}")

    def backward(self, node: StepNode) -> Parts:
        """Heads of a tail: "book(s) written by X", "books that X wrote", "villages in X", "books whose author is X"."""
        words = node.words
        singular, plural = self.pair(node.answer)
        if place := shortcuts.within(self, node):
            return Parts(singular, plural, place)
        clause = self.whose(node)
        if clause and self.chance(0.6):
            return Parts(singular, plural, clause)
        source = self.np(node.source)
        ways = [Parts(singular, plural, post) for post in self.backward_posts(node, source)]
        for back in words.backs:
            ways += [Parts(back, plural_of(back), f"of {source}")] * 2
        if isinstance(node.source, SeedNode) and not node.source.whole and self.chance(0.2):
            for verb in words.tail_verbs:
                if verb.participle.endswith(" by"):
                    passive = verb.participle[:-3]
                    ways.append(Parts(f"{source} {passive} {singular}", f"{source} {passive} {plural}", ""))
            if node.alone:
                ways.append(Parts(f"{source} {singular}", f"{source} {plural}", ""))
        if node.alone and self.chance(0.3):  # "X's villages", "the villages of X": whose they are, not how
            return self.owned(node, singular, plural)
        return self.rng.choice(ways)

    def owned(self, node: StepNode, singular: str, plural: str) -> Parts:
        """A relation that is said by "of" or a genitive alone."""
        owner = self.owner(node.source) if self.chance(0.5) else ""
        if not owner:
            return Parts(singular, plural, f"{self.pick('of', 'of', 'in', 'from')} {self.np(node.source)}")
        return Parts(f"{owner} 's {singular}", f"{owner} 's {plural}", "")

    def backward_posts(self, node: StepNode, source: str) -> list[str]:
        """Everything that may follow "books …" to say that their tail is ``source``."""
        words = node.words
        posts: list[str] = []
        for verb in words.tail_verbs:
            posts += [f"{self.pick('', 'that were ', 'which were ')}{verb.participle} {source}"] * 2
            posts += [f"{self.pick('that ', 'which ', '')}{source} {verb.finite}"]
        for verb in words.head_verbs:
            posts += [
                f"{self.pick('that', 'which', 'who') if node.answer.asked == 'who' else 'that'} {verb.base} {source}"
            ]
            posts += [f"{gerund(verb.base)} {source}"]
            if (passive := participle(verb.base)) and node.answer.asked == "where":
                posts += [f"where {source} {self.pick('is', 'is', 'are')} {passive}"] * 2
        for adjective in words.adjectives:
            posts += [f"{self.pick('', 'that are ', 'which are ')}{adjective} {source}"] * 2
        for noun in words.nouns:
            posts += [
                f"whose {noun} is {source}",
                self.pick(
                    f"with {noun} {source}",
                    f"with {source} as {noun}",
                    f"that have {source} as {noun}",
                    f"with {source} {self.role(noun)}",
                ),
            ]
            posts += [f"{self.pick('that ', 'which ', '')}{source} {self.pick('is', 'was')} the {noun} of"]
            if node.answer.asked == "where":
                posts += [self.pick(f"where {source} is the {noun}", f"where the {noun} is {source}")]
        return posts or [f"whose {words.names[0]} is {source}"]

    def whose(self, node: StepNode) -> str:
        """ "whose authors also won Y": the tail said by what is known of it, not by name; "" where it does not fit."""
        inner = node.source
        if not isinstance(inner, StepNode) or not node.words.nouns:
            return ""
        noun = self.rng.choice(node.words.nouns)
        many = self.chance(0.5)
        said = self.about(inner)
        if not said:
            return ""
        subject = plural_of(noun) if many else noun
        also = self.pick("", "also ") if said[0] == "verb" and inner.words is not node.words else ""
        if self.chance(0.25):
            return f"that the {subject} of {'it' if self.chance(0.3) else 'them'} {also}{said[1]}"
        return f"whose {subject} {also}{said[1]}"

    def about(self, node: StepNode) -> tuple[str, str] | None:
        """What is true of the members of a set, as a predicate: ("verb", "wrote X") or ("be", "is the author of X")."""
        if node.other:
            return None
        words, source = node.words, self.np(node.source)
        ways: list[tuple[str, str]] = []
        if node.forward:
            ways += [("verb", f"{v.finite} {source}") for v in words.tail_verbs]
            ways += [("be", f"{self.pick('is', 'was')} the {noun} of {source}") for noun in words.nouns[:1]]
        else:
            ways += [("verb", f"{self.pick(v.base, v.finite)} {source}") for v in words.head_verbs]
            ways += [("be", f"{self.pick('is', 'are', 'were')} {a} {source}") for a in words.adjectives]
            ways += [("be", f"{self.pick('was', 'were')} {v.participle} {source}") for v in words.tail_verbs]
        return self.rng.choice(ways) if ways else None

    def shared(self, node: StepNode, inner: StepNode) -> Parts:
        """There and back over one relation: "books that share an author with X", "people who wrote together with X"."""
        words, source = node.words, self.np(inner.source)
        singular, plural = self.pair(node.answer)
        ways: list[str] = []
        if not node.forward:
            for noun in words.nouns:
                some = self.pick(
                    f"a {noun}",
                    f"the {noun}",
                    noun,
                    plural_of(noun),
                    f"the same {noun}",
                    f"their {noun}",
                    f"at least one {noun}",
                )
                ways += [
                    f"{self.pick('that share', 'sharing', 'which share')} {some} with {source}",
                    f"{self.pick('with', 'that have', 'having')} the same {self.pick(noun, plural_of(noun))} {self.pick('as', 'as', 'of', 'like')} {source}",
                    f"whose {noun} is the same as {'that of ' if set(words.head) & set(words.tail) else self.pick('', 'that of ')}{source}",
                ]
            for verb in words.tail_verbs:
                for noun in words.nouns[:2]:
                    ways += [
                        f"whose {self.pick(noun, plural_of(noun))} also {verb.finite} {source}",
                        f"also {verb.participle} the {self.pick(noun, plural_of(noun))} of {source}",
                    ]
            for verb in words.head_verbs:
                ways += [f"that {verb.base} the same {self.type_word(inner.answer, False)} as {source}"]
            for adjective in words.adjectives:
                ways += [f"{adjective} the same {self.type_word(inner.answer, False)} as {source}"]
            if not ways:
                raise Impossible
            also = self.pick("", "", "other ")
            return Parts(also + singular, also + plural, self.rng.choice(ways))
        middle = self.type_word(inner.answer, True)
        for verb in words.tail_verbs:
            ways += [
                f"who {verb.finite} {self.pick('together with', 'along with', 'alongside', 'with')} {source}",
                f"who {self.pick('co-', 'jointly ')}{verb.finite} {middle} with {source}",
                f"who {verb.finite} the same {middle} as {source}",
                f"who also {verb.finite} {middle} {verb.participle} {source}",
            ]
        for noun in words.nouns:
            fellow = self.pick(f"co-{noun}", f"fellow {noun}", f"co {noun}")
            if self.chance(0.4):
                return Parts(fellow, plural_of(fellow), f"of {source}")
            ways += [f"that share a {self.type_word(inner.answer, False)} with {source}"]
        return Parts(singular, plural, self.rng.choice(ways or [f"together with {source}"]))

    def pair_parts(self, node: PairNode) -> Parts:
        """Two conditions on one noun."""
        singular, plural = self.pair(node.left.answer)
        begins = isinstance(node.left.source, SeedNode) and not node.left.source.whole and not node.left.forward
        if begins and node.left.alone and node.how != "or" and self.chance(0.5):  # "X ports that Y calls at"
            owner, link = self.np(node.left.source), {"and": "", "not": "except those "}[node.how]
            return Parts(f"{owner} {singular}", f"{owner} {plural}", link + self.condition(node.right))
        left = self.condition(node.left)
        same = node.left.words is node.right.words and node.left.forward == node.right.forward
        if (
            same
            and isinstance(node.left.source, SeedNode)
            and isinstance(node.right.source, SeedNode)
            and self.chance(0.7)
        ):
            a, b = f"⟦{node.left.source.index}⟧", f"⟦{node.right.source.index}⟧"
            joined = {
                "and": self.pick(f"both {a} and {b}", f"{a} and {b}", f"{a} and also {b}"),
                "or": f"{a} and {b}"
                if node.each and self.chance(0.6)
                else self.pick(f"{a} or {b}", f"either {a} or {b}"),
                "not": self.pick(f"{a} but not {b}", f"{a} and not {b}"),
            }[node.how]
            one = StepNode(
                SeedNode(-1, node.left.source.type),
                node.left.words,
                node.left.forward,
                node.left.answer,
                node.left.back,
            )
            if node.left.forward and node.how == "and" and node.left.words.nouns and self.chance(0.3):
                noun = self.rng.choice(node.left.words.nouns)
                return Parts(f"common {noun}", f"common {plural_of(noun)}", f"of {a} and {b}")
            if node.left.forward and node.how == "or" and node.left.words.nouns and self.chance(0.5):
                noun, either = self.rng.choice(node.left.words.nouns), f"{a} and {b}" if node.each else f"{a} or {b}"
                return Parts(noun, plural_of(noun), f"of {either}")
            said = self.condition(one)
            if node.how == "and" and " of ⟦-1⟧" in said:  # "the heads of X and Y" could be either's
                joined = f"both {a} and {b}"
            return Parts(singular, plural, said.replace("⟦-1⟧", joined))
        right = self.condition(node.right)
        relative = right.startswith(("that ", "which ", "who ", "whose ", "where ", "with "))
        link = {
            "and": " " if relative and self.chance(0.4) else self.pick(" and ", ", ", " and ", " that are also "),
            "or": " or ",
            "not": self.pick(" but not ", " and not ", " except those "),
        }[node.how]
        return Parts(singular, plural, left + link + right)

    def condition(self, node: StepNode) -> str:
        """What follows the type's word to say that a thing is in the set."""
        if not node.forward:
            seed = node.source
            source = f"⟦{seed.index}⟧" if isinstance(seed, SeedNode) else self.np(seed)
            return self.rng.choice(self.backward_posts(node, source))
        words = node.words
        source = f"⟦{node.source.index}⟧" if isinstance(node.source, SeedNode) else self.np(node.source)
        who = "who" if node.answer.asked == "who" else "that"
        ways = [f"{who} {v.finite} {source}" for v in words.tail_verbs]
        ways += [f"that {source} {self.head_verb(node.source, v)}" for v in words.head_verbs]
        ways += [f"{who} {self.pick('is', 'are')} the {noun} of {source}" for noun in words.nouns]
        ways += [f"that {source} {self.be(node.source)} {adjective}" for adjective in words.adjectives]
        ways += [f"that {source} {self.be(node.source)} a {back} of" for back in words.backs]
        if not ways:
            raise Impossible
        return self.rng.choice(ways)

    # verbs -----------------------------------------------------------------------------------------------------------

    def is_many(self, node: Node) -> bool:
        if isinstance(node, SeedNode | SaidNode):
            return False
        return not (isinstance(node, StepNode) and node.forward and self.chance(0.5))

    def head_verb(self, subject: Node, verb: Verb) -> str:
        return verb.base if self.is_many(subject) and not verb.base.startswith("be ") else verb.finite

    def be(self, subject: Node) -> str:
        return self.pick("are", "were") if self.is_many(subject) else self.pick("is", "is", "was")
