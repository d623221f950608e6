"""The names behind words for what is of a place: "African", "Kenyans", "Spanish", "Danes"."""

from __future__ import annotations

from collections.abc import Iterator

ENDINGS = {  # African, Kenyan, Italian, Korean, Chinese, Finnish
    "n": ("",), "an": ("", "a", "e", "o"), "ian": ("", "y", "ia"), "ean": ("", "e"), "ese": ("", "a"), "ish": ("", "land"),
}  # fmt: skip
SHORTEST = 5  # letters of a word that an ending is taken from
IRREGULAR = {
    "afghan": "afghanistan",
    "american": "united states|united states of america|usa",
    "argentine": "argentina",
    "basque": "basque country",
    "brit": "united kingdom|great britain|britain",
    "british": "united kingdom|great britain|britain",
    "briton": "united kingdom|great britain|britain",
    "burmese": "myanmar|burma",
    "catalan": "catalonia",
    "croat": "croatia",
    "cypriot": "cyprus",
    "czech": "czech republic|czechia",
    "dane": "denmark",
    "danish": "denmark",
    "dutch": "netherlands|the netherlands|holland",
    "emirati": "united arab emirates",
    "filipino": "philippines",
    "flemish": "flanders",
    "french": "france",
    "greek": "greece",
    "icelandic": "iceland",
    "irish": "ireland",
    "israeli": "israel",
    "lebanese": "lebanon",
    "monegasque": "monaco",
    "norwegian": "norway",
    "peruvian": "peru",
    "polish": "poland",
    "portuguese": "portugal",
    "saudi": "saudi arabia",
    "scot": "scotland",
    "scots": "scotland",
    "scottish": "scotland",
    "serb": "serbia",
    "slovak": "slovakia",
    "slovene": "slovenia",
    "spaniard": "spain",
    "spanish": "spain",
    "swede": "sweden",
    "swiss": "switzerland",
    "thai": "thailand",
    "turk": "turkey|turkiye",
    "turkish": "turkey|turkiye",
    "welsh": "wales",
}


def behind(phrase: str) -> Iterator[str]:
    """The names that a folded phrase may be derived from, in its last word where it has several.

    >>> list(behind("spanish")), "italy" in behind("italians"), "south africa" in behind("south african")
    (['spain'], True, True)
    """
    for form in dict.fromkeys((phrase, phrase.removesuffix("s"))):
        if form in IRREGULAR:
            yield from IRREGULAR[form].split("|")
            continue
        last = form.rsplit(" ", 1)[-1]
        for ending, instead in ENDINGS.items():
            if len(last) >= SHORTEST and last.endswith(ending) and len(last) - len(ending) > 2:
                yield from (form.removesuffix(ending) + new for new in instead)
