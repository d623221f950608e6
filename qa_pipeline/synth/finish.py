"""The last touches on a question: how it begins and ends, case, spelling, and the names of what it mentions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_pipeline.synth.phrase import Phraser

TWICE = re.compile(r"\b(the|from|of|in) \1\b")
ASKED_NOT = re.compile(r"\b(do|does|did) not be\b")
ASKED = re.compile(r"\b(do|does|did) ((?:(?! be ).)+?) be\b")
SAID = re.compile(r"(?<!can )(?<!to )(?<!will )(?<!not )\bbe\b")
FORMS_OF_BE = {"do": "are", "does": "is", "did": "was"}
VOWEL = re.compile(r"\ba (?=[aeio])")
MARK = re.compile("⟦[0-9]+⟧")
AFTER = re.compile(
    r"(^(?=⟦[0-9]+⟧ ?'s)|\b(?:of|by|in|for|with|from|does|did|do|is|was|are|were|to|at|on) )(⟦[0-9]+⟧( ?'s)?)"
)
ASKING = re.compile(r"(?:(?:in|by|at|on|from|to) )?(?:what|which|who|whom|where|when|how)\b")
WONDERING = ("i'd like to know", "i would like to know", "i want to know", "can you tell me", "could you tell me", "do you know", "please tell me",
             "tell me", "i wonder", "i was wondering", "any idea", "hi ,", "hello ,", "so", "and", "ok ,", "quick question :")  # fmt: skip
PLEADING = ("please", "hi ,", "hello ,", "ok ,", "so ,", "now", "can i ask", "question :")
POLITE = 0.07  # of the questions begin so; half as many end so
TOPIC = 0.04  # of the questions with one mention begin with it


def begun(p: Phraser, text: str, topical: bool = True) -> str:
    """With a polite beginning or end, or with what it is about before all else ("X: who wrote it"), now and then."""
    marks = MARK.findall(text)
    if topical and len(marks) == 1 and p.chance(TOPIC) and (after := AFTER.search(text)):
        rest = (
            text[: after.start(2)]
            + (p.pick("its", "their") if after[3] else p.pick("it", "it", "they"))
            + text[after.end() :]
        )
        return f"{p.pick('', '', 'about ', 'for ', 'take ')}{marks[0]}{p.pick(' :', ' ,', ' -')} {rest}"
    if p.chance(POLITE):
        opening = p.rng.choice(WONDERING if ASKING.match(text) else PLEADING)
        return f"{opening} {text}"
    return text + p.pick(" please", " , please", " , exactly", " again") if p.chance(POLITE / 2) else text


def with_be(text: str) -> str:
    """Verbs with *be* as English has them.

    >>> with_be("what does X be good at"), with_be("who did not be behind X"), with_be("people that be good at X")
    ('what is X good at', 'who was not behind X', 'people that are good at X')
    """
    text = ASKED_NOT.sub(lambda found: f"{FORMS_OF_BE[found[1]]} not", text)
    text = ASKED.sub(lambda found: f"{FORMS_OF_BE[found[1]]} {found[2]}", text)
    return SAID.sub("are", text)


def finish(p: Phraser, text: str, mentions: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Put the mentions in, vary case, end and spelling; the text and each mention's (start, end), (-1, -1) if unsaid."""
    text = with_be(TWICE.sub(r"\1", " ".join(text.split())))
    numbered = any(mention[:1].isdigit() for mention in mentions)
    text = begun(p, VOWEL.sub("an ", text), topical=not numbered)
    if p.chance(0.1):
        words = text.split(" ")
        at = p.rng.randrange(len(words))
        if len(words[at]) > 5 and words[at].isalpha():
            cut = p.rng.randrange(1, len(words[at]) - 1)
            words[at] = words[at][:cut] + words[at][cut + 1 :]
        text = " ".join(words)
    if p.chance(0.7):
        text = text.replace(" 's", "'s").replace(" ,", ",").replace(" :", ":")
    if p.chance(0.35):
        text = text[:1].upper() + text[1:]
    text += p.pick("?", "?", "", "", " ?")
    spans = [(-1, -1)] * len(mentions)
    out, at = "", 0
    while (start := text.find("⟦", at)) >= 0:
        end = text.index("⟧", start)
        index = int(text[start + 1 : end])
        out += text[at:start]
        spans[index] = (len(out), len(out) + len(mentions[index]))
        out += mentions[index]
        at = end + 1
    return out + text[at:], spans
