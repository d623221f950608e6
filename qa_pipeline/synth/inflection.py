"""Forms of English words: plural, participle, gerund; for wording questions, so regular, with the commonest exceptions."""

from __future__ import annotations

import re

from kg.english_words import PARTICIPLES

UNCHANGED = "bet cast cost cut hit hurt let put quit set shed shut split spread upset".split()
IRREGULAR = (
    {base: participle for participle, base in PARTICIPLES.items()}
    | {verb: verb for verb in UNCHANGED}
    | {
        "feel": "felt", "forbid": "forbidden", "forget": "forgotten", "freeze": "frozen", "get": "got", "hear": "heard",
        "hang": "hung", "lay": "laid", "leap": "leapt", "lose": "lost", "mean": "meant", "overcome": "overcome",
        "overtake": "overtaken", "rebuild": "rebuilt", "retell": "retold", "say": "said", "shake": "shaken", "strike": "struck",
        "swear": "sworn", "sweep": "swept", "swim": "swum", "think": "thought", "undergo": "undergone",
        "understand": "understood", "wake": "woken", "wear": "worn", "win": "won", "withdraw": "withdrawn",
    }
)  # fmt: skip
# with the stress on the end, so that the last letter is written twice
STRESSED = frozenset(
    "abet abut admit begin commit compel confer control debug defer distil equip excel expel forbid forget fulfil incur occur"
    " patrol permit prefer quit recur refer regret submit transfer transmit".split()
)
# what may follow a noun in its phrase, so that the noun itself is what there are many of
AFTER_NOUN = re.compile(r" (?:of|in|from|to|on|at|with|behind|for|under|over|beside|by|who|that|up) ")
SAME = frozenset("prey money offspring citizenship".split()) | {"better half", "legal tender"}
ENDS = {
    "wife": "wives", "child": "children", "person": "people", "man": "men", "foot": "feet", "tooth": "teeth", "mouse": "mice",
    "goose": "geese", "half": "halves", "self": "selves", "calf": "calves", "thief": "thieves", "leaf": "leaves", "loaf": "loaves",
    "wolf": "wolves", "hero": "heroes", "echo": "echoes", "alumnus": "alumni", "diagnosis": "diagnoses", "analysis": "analyses",
    "basis": "bases", "nemesis": "nemeses", "prosthesis": "prostheses", "synthesis": "syntheses", "hypothesis": "hypotheses",
    "thesis": "theses", "crisis": "crises",
}  # fmt: skip
INTRANSITIVE = frozenset("be become come do get go have lie sit stand".split())  # nothing is "lain" by anybody


def participle(base: str) -> str:
    """ "speak" → "spoken", "use" → "used"; "" for what is more than one word, as it needs its preposition.

    >>> participle("carry"), participle("lie in")
    ('carried', '')
    """
    if " " in base or base in INTRANSITIVE:
        return ""
    if base in IRREGULAR:
        return IRREGULAR[base]
    if base.endswith("y") and base[-2:-1] not in "aeiou":
        return base[:-1] + "ied"
    return base + "d" if base.endswith("e") else doubled(base) + "ed"


def doubled(verb: str) -> str:
    """ "plan" → "plann", before -ed or -ing; what needs no second letter stays: "lead", "open", "fix"."""
    if verb.endswith("ic"):
        return verb + "k"
    return verb + verb[-1] if verb in STRESSED or re.fullmatch("[^aeiou]*[aeiou][bdgklmnprt]", verb) else verb


def bare(adjective: str) -> str:
    """ "found in" → "found", to follow "where"; "" for what needs its preposition."""
    first, _, last = adjective.rpartition(" ")
    return first if last in ("in", "at", "on") else ""


def gerund(base: str) -> str:
    """ "lie in" → "lying in", "compete with" → "competing with", "sit on" → "sitting on"."""
    first, _, rest = base.partition(" ")
    if first.endswith("ie"):
        first = first[:-2] + "y"
    elif first.endswith("e") and first != "be" and not first.endswith("ee"):
        first = first[:-1]
    else:
        first = doubled(first)
    return f"{first}ing {rest}".strip()


def plural_of(noun: str) -> str:
    """The regular plural of a noun phrase (of its first noun, where "of", "in" or "from" follows).

    >>> plural_of("country"), plural_of("place of birth"), plural_of("boss")
    ('countries', 'places of birth', 'bosses')
    """
    if (mark := AFTER_NOUN.search(noun)) is not None:
        return plural_of(noun[: mark.start()]) + noun[mark.start() :]
    if noun in SAME or noun.endswith(("craft", "ware", "equipment", "staff", "species", "series")):
        return noun
    for end, instead in ENDS.items():
        if noun.endswith(end) and not noun.endswith(("human", "german", "roman")):
            return noun.removesuffix(end) + instead
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is", "as", "os")):
        return noun  # it is one
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")
