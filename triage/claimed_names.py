"""Names as a text claims them: whatever has a capital where no sentence begins, and at the beginning what is no common word.

It errs towards finding too much: a text about patients must not bring in a name from nowhere. Names of languages, payers and places count.
"""

import re
from functools import cache
from importlib.resources import files

from triage.assistants.redaction.found import folded
from triage.assistants.redaction.lexicon import cue_words, names, ordinary_words
from triage.assistants.redaction.names import named


def _words(of: str) -> frozenset[str]:
    return frozenset(of.split())


COURTESY = _words("mr mrs ms miss mx mme sr sra srta senor senora senorita don dona")
"""Titles that everybody may be given; "Dr. Webb" or "Nurse Ruiz" must be said so by a fact."""

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*")
_TITLES = COURTESY | _words("dr dra doctor doctora prof nurse rev pastor enfermera enfermero")
_BEGINS = re.compile(r"(?:^|[.!?:;\n•*–—]|[-(\[/>])\s*[\"“'‘(¿¡]*\s*$")
_BEGINS_OPEN = re.compile(r"[\"“«¿¡]\s*$")
_NO_NAMES = cue_words("calendar") | _words(
    "i i'm i'll i've i'd ok okay er ed pcp icu id pt ot rn np md sms mri ct emr ehr dob mrn er pa tv usa us hmo ppo dme rx bp hr am pm "
    "monday tuesday wednesday thursday friday saturday sunday tues thurs january february march august september october november december "
    "e-mail email yes no"
)
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "'s", "n't", "'re", "'ll", "'ve", "'d")
_PARTICLES = cue_words("particles")


@cache
def _common() -> frozenset[str]:
    """Words that begin sentences and name nobody: those of notes, and the easy words that reading grades are counted with."""
    easy = (files("textstat") / "resources" / language / "easy_words.txt" for language in ("en", "es"))
    words = {folded(word) for file in easy for word in file.read_text(encoding="utf-8").split()}
    own = _words("unclaimed unassigned ownership rose fell fewer overdue unchanged nobody compared episodes nothing none")
    return (frozenset(words) - names()) | ordinary_words() | own


def _is_common(word: str) -> bool:
    return word in _common() or any(
        word.endswith(end) and (word.removesuffix(end) in _common() or word.removesuffix(end) + "e" in _common()) for end in _ENDINGS
    )


def name_spans(text: str, taken: bytearray) -> list[tuple[int, int, str]]:
    """Start, end and folded words of each name in `text`; what is `taken` is something else. A title belongs to the name."""
    words = list(_WORD.finditer(text))
    shouts = sum(c.isupper() for c in text) > sum(c.islower() for c in text)
    by_neighbours = {found.start for found in named(text)}
    sure: set[int] = set()
    for index, word in enumerate(words):
        if not any(taken[word.start() : word.end()]) and _is_name(text, word, words[index - 1] if index else None, shouts, by_neighbours):
            sure.add(index)
    for index in sorted(sure):  # "Grace Young called": what has a capital beside a name belongs to it
        for beside in (index - 1, index + 1):
            if 0 <= beside < len(words) and beside not in sure and _joins(text, words, beside, index):
                sure.add(beside)
    return _together(text, words, sure)


def _is_name(text: str, word: re.Match[str], before: re.Match[str] | None, shouts: bool, by_neighbours: set[int]) -> bool:
    fold = folded(word.group()).replace("’", "'").removesuffix("'s")
    titled = before is not None and folded(before.group()) in _TITLES and re.fullmatch(r"\.? ", text[before.end() : word.start()])
    if titled and len(fold) > 1 and fold not in _TITLES:
        return word.group()[0].isupper() or not _is_common(fold)
    if word.start() in by_neighbours and fold not in _NO_NAMES:
        return True
    if not word.group()[0].isupper() or fold in _NO_NAMES or fold in _TITLES or len(fold) < 2:
        return False
    head = text[: word.start()]
    begins = bool(_BEGINS.search(head)) or bool(_BEGINS_OPEN.search(head))
    if begins or shouts or word.group().isupper():
        return not _is_common(fold)
    return True


def _joins(text: str, words: list[re.Match[str]], beside: int, index: int) -> bool:
    left, right = sorted((beside, index))
    word, gap = words[beside], text[words[left].end() : words[right].start()]
    fold = folded(word.group())
    if fold in _TITLES:
        return beside < index and gap in {" ", ". "}
    if gap not in {" ", "-", ". "} or not word.group()[0].isupper() or fold in _NO_NAMES:
        return False
    if gap == ". " and len(words[left].group()) > 1:
        return False
    if word.group().isupper() and len(fold) > 1 and _is_common(fold) and not words[index].group().isupper():
        return False
    return beside > index or not _is_common(fold) or fold in names()


def _together(text: str, words: list[re.Match[str]], sure: set[int]) -> list[tuple[int, int, str]]:
    spans: list[tuple[int, int, list[str]]] = []
    last = -9
    for index in sorted(sure):
        word = words[index]
        parts = [part for part in re.split(r"['’-]", folded(word.group())) if part not in {"s", ""}] or [folded(word.group())]
        between = [folded(one.group()) for one in words[last + 1 : index]] if 0 <= last < index else []
        gap = text[words[last].end() : word.start()] if last >= 0 else "\n"
        near = bool(spans) and (
            re.fullmatch(r" |-|\. ?", gap) or (between and all(one in _PARTICLES for one in between) and "." not in gap)
        )
        if near and (gap != ". " or len(words[last].group()) == 1 or folded(words[last].group()) in _TITLES):
            start, _, before = spans[-1]
            spans[-1] = (start, word.end(), before + parts)
        else:
            spans.append((word.start(), word.end(), parts))
        last = index
    return [(start, end, " ".join(parts)) for start, end, parts in spans]
