"""Words of a note that speak to a machine and not about the patient: orders to its reader, forged answers, markup, hidden text.

A note is data, and its reader may be talked to in it. What is found here is kept from every assistant (`assistants/screened.py`); the page
shows it like the rest of the note. Found by form, never by meaning: an order that looks like an honest sentence is not found, and stays
what any sentence is, words that a suggestion may quote and a person judges.

How far a find reaches: markup, JSON, templates and hidden characters are themselves; a sentence that speaks to a machine reaches to its
end, and to the end of its line where it begins the line; between two forged ends of the note all is forged.
"""

import re
import unicodedata
from collections.abc import Iterator

from triage.grounding import Span

_FLAGS = re.IGNORECASE | re.MULTILINE
_MOST = 2000
"""The longest block that is taken as one, in characters; it keeps an opening tag without an end from costing a walk to the note's end."""

_UNSHOWN = r"(?:display:\s*none|hidden|font-size:\s*0|color\W{1,3}(?:white|#fff))"
_BLOCKS = tuple(
    re.compile(pattern, _FLAGS)
    for pattern in (
        rf"<!--[\s\S]{{0,{_MOST}}}?-->",
        rf"<(script|style|iframe|svg|template|a|system|instructions?|prompt|json)\b[\s\S]{{0,{_MOST}}}?</\1\s*>",
        rf"<(\w+)\b[^<>]{{0,200}}\b{_UNSHOWN}[^<>]{{0,200}}>[\s\S]{{0,{_MOST}}}?</\1\s*>",
        rf"&lt;(\w+)\b[\s\S]{{0,{_MOST}}}?&lt;/\1\s*&gt;",
        r"</?[a-z][a-z0-9]*(?:\s[^<>]{0,500}|/)?>|<[\w-]{1,30}:[^<>]{1,500}>",
        rf"```[\s\S]{{0,{_MOST}}}?```|`[^`\n]{{1,300}}`",
        r"\{\{[^\n]{0,500}?\}\}|\{%[^\n]{0,500}%\}|\{#[^\n]{0,500}?#\}|[$#]\{[^\n]{0,500}?\}|<%[^\n]{0,500}?%>|\$\([^\n]{0,500}?\)",
        r"(?:^[^\n]{0,200}:[ \t]*\n)?(?:\{\s*\"|\[\s*\{|\"\s*\}\s*[\],}])[^\n]*|^[ \t]*\"\w+\"\s*:[^\n]*",  # JSON, to the end of its line
        r"!?\[[^\]\n]{0,300}\]\([^)\n]{0,500}\)",  # a markdown link or picture
        r"\[[^\]\n]{1,100}\]:\s*(?:https?|javascript|data):[^\n]*",
        r"^end of (?:the )?(?:note|document|input)\W*$",
        r"^[ \t]*(?:system|developer)\s*:[^\n]*",  # another speaker's line
        r"^=\w+\([^\n]*\)",  # a formula
        r"\bdrop\s+table\b[^\n]*",
        r"[a-z0-9+/=]{40,}",  # base64, hex
        r"(?:\b\w ){3}(?:[ ]*\w ){5,}\w?\b",  # l e t t e r s   s e t   a p a r t
        "[\U000e0000-\U000e007f]+",  # tag characters, which nothing shows
        "[\u202d\u202e][^\u202c\n]*\u202c?",  # text that is turned around
    )
)
_OF_NOTE = r"(?:of )?(?:the )?(?:note|document|input|data|instructions|prompt)\b[^\n]*"
_END = re.compile(rf"<<<\s*end[^<>\n]*>>>|</note\s*>|\]\]>|^[^\w\n]{{2,40}}end {_OF_NOTE}", _FLAGS)
_BEGIN = re.compile(rf"<<<(?!\s*end)[^<>\n]*>>>|<note\b[^<>\n]*>|<!\[CDATA\[|^[^\w\n]{{2,40}}begin {_OF_NOTE}", _FLAGS)
"""Forged ends and beginnings of the note. Between an end and the beginning after it all is forged; without one, the paragraph."""

_SECTION = re.compile(r"^[ \t]*#{2,}\s*(?:instruction|response|system)|<\|\w+\|>|\[/?(?:inst|system)\]|</?s>", _FLAGS)
"""The beginning of what is made to look like another speaker's part: it goes on to the end of the paragraph."""

_DIALOGUE = re.compile(r"^[ \t]*(?:human|user)\s*:[\s\S]{0,300}?^[ \t]*assistant\s*:[^\n]*", _FLAGS)
_PARAGRAPH_END = re.compile(r"\n[ \t\r]*\n|\Z")

_MACHINE = (
    r"(?:(?:language |ai |triage |llm |the )+(?:model|bot|chatbot|reader)s?\b|(?:ai|triage|virtual) assistants?\b|chatgpt|gpt-?\d|\bllms?\b"
    r"|\b(?:an|dear|hey|if) ai\b|\b(?:note|message|instructions?|attention):? (?:to|for) (?:the |any )?ai\b"
    r"|\bai (?:assistant|model|reader|agent|system)s?\b)"
)
_IGNORE = r"(?:ignore|disregard|forget|override|bypass|ignora|olvida|ignoriere|ignorez)\b"
_ORDERS = r"\b(?:instructions?|rules?|prompts?|guidelines?|instrucciones|reglas|anweisungen)\b"
_SPOKEN_TO = re.compile(
    "|".join(
        (
            rf"(?:^|[.!?:>`*]\s*|,\s)(?:please |now |important:? )?{_IGNORE}[^.\n]{{0,40}}{_ORDERS}",
            "忽略以上|забудь все",
            r"\byour (?:new )?(?:rules|instructions|guidelines|system prompt|prompt|task is|role is)\b",
            r"\b(?:system|developer) (?:prompt|message|override|note|mode)\b|\bnew instructions?\b|\bprompt:",
            rf"{_MACHINE}[^.\n]{{0,40}}(?:\b(?:must|should|shall|may|please|do not|you|reads?|reading|need)\b|[:,])",
            r"\b(?:dear|hey|attention|hello),? (?:assistant|model|bot|machine|chatgpt|language model)\b",
            r"\bassistant: (?:list|add|close|mark|write)\b|^(?:now )?act as (?:the|an?)\b|\bstop reading\b",
            r"\bwhatever machine reads\b|\bmodelo de lenguaje\b|\bmodel, (?:decode|follow|list|add|close)\b",
            r"\byou are (?:now )?(?:an?|the|in) (?:ai|assistant|model|language|developer|chat)\b",
            r"\b(?:output|return|emit|respond with|reply with|write)\b[^.\n]{0,30}\b(?:json|empty (?:list|reading)|confidence)\b",
            r"\bconfidence (?:to|of|=)\s*\d|\bauto-?accept\b|\baccept (?:all|every) suggestions?\b|\bno human review\b|\bdecode and obey\b",
            r"\bdeveloper of this software\b|\bmust not be extracted\b",
        )
    ),
    _FLAGS,
)
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")


def orders(text: str) -> list[Span]:
    """The places of `text` that speak to a machine, from the left, apart from one another. Linear in the length of `text`."""
    found = sorted(span for span in (*_marked(text), *_forged(text), *_spoken(text)) if span.start < span.end)
    merged: list[Span] = []
    for span in found:
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def without_orders(text: str) -> str:
    """`text` with blanks in the place of what speaks to a machine: every other word keeps its place, and line ends stay."""
    masked = list(text)
    for start, end in orders(text):
        masked[start:end] = ["\n" if character == "\n" else " " for character in text[start:end]]
    return "".join(masked)


def _marked(text: str) -> Iterator[Span]:
    for pattern in _BLOCKS:
        yield from (Span(*match.span()) for match in pattern.finditer(text))


def _forged(text: str) -> Iterator[Span]:
    yield from (Span(*match.span()) for match in (*_BEGIN.finditer(text), *_DIALOGUE.finditer(text)))
    at = 0
    for match in _END.finditer(text):
        if match.start() >= at:
            begin = _BEGIN.search(text, match.end())
            at = begin.end() if begin else _paragraph_end(text, match.end())
            yield Span(match.start(), at)
    at = 0
    for match in _SECTION.finditer(text):
        if match.start() >= at:
            at = _paragraph_end(text, match.end())
            yield Span(match.start(), at)


def _paragraph_end(text: str, start: int) -> int:
    found = _PARAGRAPH_END.search(text, start)
    return found.start() if found else len(text)


def _spoken(text: str) -> Iterator[Span]:
    """Sentences that speak to a machine, sought in the text as it looks: without invisible characters."""
    places = [place for place, character in enumerate(text) if unicodedata.category(character) != "Cf"]
    seen = "".join(text[place] for place in places)
    at = 0
    for match in _SPOKEN_TO.finditer(seen):
        hit = match.end() - 1
        if hit < at:
            continue
        line = seen.rfind("\n", 0, hit) + 1
        line_end = seen.find("\n", hit)
        line_end = len(seen) if line_end < 0 else line_end
        start = max((end.end() for end in _SENTENCE_END.finditer(seen, line, match.start() + 1)), default=line)
        stop = _SENTENCE_END.search(seen, hit, line_end)
        at = line_end if start == line or stop is None else stop.end()
        yield Span(places[start], places[at - 1] + 1)
