"""What sort of thing is asked for, where the question says so: a yes or no, a number, "which *rivers* …".

The first type that a question names is what it asks for, unless the words around it make it something else ("who wrote the
*books* …", "the *city* population …"). Answers of other types are no answers to it (expected answer types: Li & Roth 2002,
"Learning question classifiers"). In doubt nothing is said. The words here are English function words, the types the graph's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

from kg.english_words import PARTICIPLES
from kg.names import fold, words_of
from kg.plan import FilterType, Intersect, OfType, Plan, Union
from kg.question import Link
from qa_pipeline.tokens import Token, is_superlative, tokenize

POLITE = (
    ("please",),
    ("can", "you"),
    ("could", "you"),
    ("would", "you"),
    ("do", "you", "know"),
    ("i", "want", "to", "know"),
)
COMMANDS = frozenset("list name show give find get tell state".split())
ASKS = frozenset("what which".split())
FILLERS = frozenset("me us all the a an any some of".split())
BE = frozenset("is are was were s".split())
AUXILIARIES = BE | frozenset("do does did has have had can could will would".split())
WH = frozenset("what which who whom whose where when".split())
BREAKS = WH | frozenset(
    "of to why how in on at by with from for than that through between near about be been being as it its their and or".split()
)
OPENS = frozenset(
    "in on of at by with from that which where whose who near to within".split()
)  # after "the longest river"
AROUND = frozenset("anywhere everywhere ever currently still".split())  # the same, before such a word
ENDS = frozenset("first last only best worst fewest least".split())
NOT_ASKED = frozenset(
    "you we i me us anyone anybody somebody someone tell give show".split()
)  # "does anyone know …" wants no yes
TAKING_UP = frozenset("and so yes".split())  # before a word that asks for what was only asked about until then
TAKEN_UP = AUXILIARIES | frozenset("they it that those these them one ones he she".split())  # after it
EVERY = frozenset("all every everybody everyone everything".split())  # who says so expects several
ALL_BY = 5  # in which of the first words: "show me every …", "I am looking for all …"
NO_PLURALS = ("ss", "us", "is", "ics", "series", "species", "news")  # ends of singulars
TIMES = frozenset("time date year month day decade century".split())
CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september "
    "october november december spring summer autumn fall winter season easter christmas morning afternoon evening night "
    "noon midnight today now never daily weekly monthly weekday weekend dawn dusk".split()
)
DENIALS = frozenset("not never no none without nobody nothing cannot".split())
NAMED = 0.4  # least score of the link of a name, whose words say nothing else
MODIFIERS = 4  # words between the lead and the type: "what are the five most northern cities"


@dataclass(frozen=True)
class AskedFor:
    """What a question says of its answer.

    :param whether: a yes or a no
    :param number: "how many …"
    :param somebody: "who …" or "where …", no number
    :param types: things of one of these types; empty: it does not say
    :param several: it speaks of them in the plural
    :param plural: the noun that it asks for is a plural, which says less
    :param person: "who …"
    :param when: "when …", "what time …", "in which year …"
    :param amount: "how much …"
    :param which: the things themselves, though it may sound like a yes or no ("is there any, and which?", "any rivers in …?")
    """

    whether: bool = False
    number: bool = False
    somebody: bool = False
    types: tuple[str, ...] = ()
    several: bool = False
    which: bool = False
    plural: bool = False
    person: bool = False
    when: bool = False
    amount: bool = False


def asked_for(text: str, links: Sequence[Link], numbers: Collection[str] = ()) -> AskedFor:
    """Read it off the words.

    :param numbers: folded names of the relations that lead to numbers and dates; such a word names no type ("the area of …")
    """
    words = [fold(t.text) for t in tokenize(text)]
    number = _asks_how_many(words)
    free = free_words(text, links)
    whether = _asks_whether(words)
    which = not whether and _asks_which(words)
    if words and words[0] in AUXILIARIES - {"s"} and _asks_which_then(words):
        whether, which = False, True
    at = None if whether else asked_type(text, links)
    if at is None or fold(links[at].mention.text) in numbers:
        person, when = words[:1] in (["who"], ["whom"]), _asks_when(words)
        somebody, amount = person or words[:1] == ["where"], words[:2] == ["how", "much"]
        return AskedFor(
            whether, number, somebody, (), _says_every(free), which, _speaks_of_several(free), person, when, amount
        )
    link = links[at]
    several = is_plural(link) or _says_every(free)
    return AskedFor(False, number, False, tuple(c.id for c in link.candidates), several, True)


def of_types(source: Plan, types: Sequence[str]) -> Plan:
    """What of a set is of one of some types."""
    if len(types) == 1:
        return FilterType(source, types[0])
    each: list[Plan] = [OfType(type) for type in types]
    return Intersect(source, reduce(Union, each))


def free_words(text: str, links: Sequence[Link]) -> list[str]:
    """The folded words of a question that are no part of a name."""
    named = [k.mention for k in links if k.mention.kind == "entity" and k.mention.start >= 0 and k.score >= NAMED]
    return [fold(t.text) for t in tokenize(text) if not any(m.covers(t.start, t.end) for m in named)]


def is_denial(word: str) -> bool:
    """Whether a folded word denies: "not", "don't" (which is folded to "don t")."""
    return word in DENIALS or word.endswith(" t")


def _asks_how_many(words: Sequence[str]) -> bool:
    """ "how many …", "in how many …", "in total, how many …", "count all …"; not "how many" in a clause of its own."""
    if words[:1] == ["count"]:
        return words[1:2] != [] and words[1] in FILLERS
    of = words.index("number") if "number" in words else 0
    if words[of : of + 2] == ["number", "of"] and set(words[:of]) - {"total"} <= FILLERS | COMMANDS:
        return True
    at = next((i for i in range(len(words) - 1) if words[i : i + 2] == ["how", "many"]), None)
    return at is not None and not WH & set(words[:at]) and (at < 2 or _is_mark(words[at - 1]))


def _asks_when(words: Sequence[str]) -> bool:
    """ "when …", "what time …", "in which year …"."""
    if words[:1] == ["when"]:
        return True
    at = 1 if words[:1] and words[0] in BREAKS - WH else 0
    if len(words) <= at + 1 or words[at] not in ASKS or words[at + 1] not in TIMES:
        return False
    return (
        len(words) == at + 2 or words[at + 2] in AUXILIARIES | BREAKS or _is_mark(words[at + 2])
    )  # a time zone is none


def says_a_time(text: str) -> bool:
    """Whether a name is one of a time: it has digits, or is made of words of the calendar.

    >>> says_a_time("Monday"), says_a_time("the 1960s"), says_a_time("Paris")
    (True, True, False)
    """
    words = fold(text).split()
    return any(map(str.isdigit, text)) or any(word in CALENDAR or word in TIMES for word in words)


def _is_mark(word: str) -> bool:
    return not word[:1].isalnum()


def _says_every(words: Sequence[str]) -> bool:
    """ "show me every …", "who are all the …", not "of all the …", of which one may be meant."""
    begin = words[:ALL_BY]
    at = next((i for i, word in enumerate(begin) if word in EVERY), None)
    return at is not None and not {"of", "do", "does", "did"} & set(begin[:at])  # "what does everyone …"


def _speaks_of_several(words: Sequence[str]) -> bool:
    """ "which clubs …", "what other plays …": a noun in the plural after the word that asks."""
    if words[:1] == [] or words[0] not in ASKS:
        return False
    for at, word in enumerate(words[1 : 1 + MODIFIERS], 1):
        if word in BREAKS or word in AUXILIARIES:
            return False
        if len(word) > 3 and word.endswith("s") and not word.endswith(NO_PLURALS):
            return words[at + 1 : at + 2] == [] or not _is_compound(words[at + 1], words[at + 2 : at + 3])
    return False


def _is_compound(next_word: str, then: Sequence[str]) -> bool:
    """Whether a word after a plural is rather a noun, whose verb follows: "which sports *teacher* is", "*team* plays"."""
    if next_word in BREAKS or next_word in AUXILIARIES or next_word.endswith("ed"):
        return False
    return any(w in BE or (w.endswith("s") and not w.endswith(NO_PLURALS)) for w in then)


def _asks_which(words: Sequence[str]) -> bool:
    """ "who …", "any …", "list …", not "tell me if …" or "tell me, is …": what no yes or no answers."""
    if words[:1] == [] or words[0] not in (WH | COMMANDS | {"any", "how"}) or {"if", "whether"} & set(words):
        return False
    return not any(_is_mark(one) and other in AUXILIARIES for one, other in pairwise(words))


def _asks_which_then(words: Sequence[str]) -> bool:
    """ "…, and who are they?", "… if so, what?", "… Which ones?": a word that asks, in a clause of its own at the end."""
    at = max((i for i, word in enumerate(words) if word in WH - {"when"}), default=0)
    before = words[at - 1] if at else "?"
    after = (word for word in words[at + 1 :] if word[:1].isalpha())
    return at > 1 and (before in TAKING_UP or not before[:1].isalnum()) and TAKEN_UP.issuperset(after)


def _asks_whether(words: Sequence[str]) -> bool:
    """ "is …", "are there …", "does …"; not which of two ("is X or Y older"), nor a request."""
    if not words or words[0] not in AUXILIARIES - {"s"} or words[1:2] == [] or words[1] in NOT_ASKED | BE:
        return False
    if WH & set(words[2:]) - {"whose", "who", "which", "where"}:  # these may begin a clause
        return False
    return "or" not in words or words[1] == "there" or "any" in words


def asked_type(text: str, links: Sequence[Link]) -> int | None:
    """The index of the link of the type that is asked for; None: the question does not say."""
    said = sorted(
        (k.mention.start, i)
        for i, k in enumerate(links)
        if k.mention.kind == "type" and k.mention.start >= 0 and k.score > 0
    )
    if not said:
        return None
    index = said[0][1]
    for start, further in said[1:]:  # of "state capitals" the last
        if text[links[index].mention.end : start].strip() or is_plural(links[index]):
            break
        index = further
    tokens = tokenize(text)
    if (later := _asked_later(text, tokens, links, said)) is not None:
        return later
    end = links[index].mention.end
    before = [fold(t.text) for t in tokens if t.end <= links[said[0][1]].mention.start]
    after = [fold(t.text) for t in tokens if t.start >= end]
    if text[end:].lstrip().startswith(("'", "’")) or after[:1] in (["or"], ["and"]):
        return None
    clause = any(
        k.mention.kind == "entity" and k.mention.start >= end and not text[end : k.mention.start].strip() for k in links
    )
    clause = clause and any(w in ENDS or is_superlative(w) for w in before)  # "the first book X wrote"
    return index if _leads_to_it(before, [w for w in after if w], clause) else None


def _asked_later(
    text: str, tokens: Sequence[Token], links: Sequence[Link], said: Sequence[tuple[int, int]]
) -> int | None:
    """The type of "…; which *awards* …" and "… in which *country*?": right after the only word that asks."""
    words = [fold(t.text) for t in tokens]
    at = next((i for i, word in enumerate(words) if word in WH), 0)
    if at < 2 or words[at] not in ASKS:
        return None
    begins = _is_mark(words[at - 1]) or (words[at - 1] in BREAKS and _is_mark(words[at - 2]))  # "; in which …"
    for _, i in said:
        mention = links[i].mention
        if at + 1 < len(tokens) and mention.start == tokens[at + 1].start:
            return i if begins or all(_is_mark(t.text) for t in tokens if t.start >= mention.end) else None
    return None


def _leads_to_it(before: list[str], after: list[str], clause: bool = False) -> bool:
    """Whether what stands before and after a type's word makes it what is asked for.

    :param clause: what follows is a clause, though no word says so
    """
    next_word = after[0] if after and after[0].isalpha() else ""
    closed = clause or not next_word or next_word in OPENS | AROUND
    if before[1:3] == ["how", "many"] and before[0] in BREAKS:  # "in how many countries …"
        before = before[1:]
    if before[-2:] == ["number", "of"]:
        return set(before[:-2]) - {"total"} <= FILLERS | COMMANDS
    if before[:2] == ["how", "many"]:
        return not (BREAKS | AUXILIARIES) & set(before[2:])
    if len(before) > 1 and before[0] in BREAKS - WH and before[1] in ASKS:  # "in which country …"
        before = before[1:]
    for polite in POLITE:
        if tuple(before[: len(polite)]) == polite:
            before = before[len(polite) :]
    at = 1 if before[:1] and before[0] in COMMANDS else 0
    command = at > 0
    while before[at:] and before[at] in FILLERS:
        at += 1
    question = bool(before[at:]) and before[at] in ASKS
    at += question
    if before[at:] and before[at] in BE and question:  # "what is the longest river in …"
        at, command = at + 1, True
    while before[at:] and before[at] in FILLERS:
        at += 1
    rest = set(before[at:])
    if rest & (BREAKS | AUXILIARIES) or len(rest) > MODIFIERS:
        return False
    if question and not command:  # "which country code does …": a word more, then the verb
        return closed or not (len(after) > 1 and after[1] in AUXILIARIES)
    participle = (next_word.endswith(("ed", "en", "ing")) and len(next_word) > 4) or next_word in PARTICIPLES
    if command:
        return closed or participle
    return (closed or participle) and not WH & set(after[1:]) - {"whose", "where"}


def is_plural(link: Link) -> bool:
    """Whether the question says a type's word in the plural. Of types whose name ends in s ("series") it is not told."""
    names = {fold(words_of(c.id)) for c in link.candidates}
    text = fold(link.mention.text)
    return text.endswith("s") and text not in names
