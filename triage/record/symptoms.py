"""Complaints that come back and grow from note to note.

A complaint is told in each note as present, denied, or getting better; conditions ("call if ...") tell nothing. It has worsened where it
was there before, and a later note says that it is worse, severe, or now comes with another one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from triage.record.notes import Finding, Quote, RecordNote
from workflow.vocabulary import EscalationReason

SPAN = timedelta(days=21)

SYMPTOMS: dict[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{words})\b")
    for name, words in {
        "breathing": r"short(?:er|ness)? (?:of|on) breath|sob|doe|dyspnea|breathless\w*|out of breath|winded|"
        r"trouble breathing|hard to breathe|"
        r"can't (?:breathe|catch (?:her|his|my|their) breath|lie flat)|huffing|falta de aire|le falta el aire|ahog\w+|cansa al caminar",
        "swelling": r"swell\w*|swollen|edema|puffy|shoes (?:don't|won't) fit|socks? marks?|hinchad\w+|hinchazon|hinchazón",
        "pain": r"pain\w*|hurt(?:s|ing)?|ach(?:e|es|ing|y)|sore|dolor\w*|duele\w*",
        "dizziness": r"dizz\w+|light-?headed\w*|faint\w*|woozy|unsteady|mare(?:o|os|ada|ado)",
        "fever": r"fevers?|feverish|chills|febrile|calentura|fiebre|escalofr\w+",
        "wound": r"drain(?:age|ing)|pus|oozing|redness|red streaks?|incision (?:is )?(?:red|open|opening|warm)|"
        r"wound (?:is )?(?:open|opening)|odor|"
        r"supura\w*|enrojec\w+",
        "confusion": r"confus\w+|forgetful\w*|disoriented|mixing up|not making sense|does(?:n't| not) know (?:where|"
        r"what day)|desorientad\w+",
        "weakness": r"weak\w*|fatigu\w+|exhaust\w+|tired\w*|no energy|sleeping all day|debil\w*|débil\w*|agotad\w+",
        "vomiting": r"vomit\w*|throwing up|threw up|nausea\w*|nauseous|queasy|can't keep (?:anything|food|it) down|náusea\w*",
        "appetite": r"not eating|poor appetite|no appetite|eating (?:less|little|very little)|barely eat\w*|"
        r"skipping meals|no come\b|sin apetito",
        "chest": r"chest (?:pain|pressure|tight\w*|discomfort)|pecho",
        "cough": r"cough\w*|tos\b",
        "mood": r"depress\w+|hopeless\w*|crying|tearful|not sleeping|can't sleep|anxious|anxiety|withdrawn|triste|llora\w*",
        "falls": r"fell|falls?|fallen|stumbl\w+|tripp\w+|se cay[oó]|caid\w+|caíd\w+",
        "bleeding": r"bleed\w*|blood in|bruis\w+|sangr\w+",
        "numbness": r"numb\w*|tingl\w+|hormigue\w+",
    }.items()
}

_WORSE = re.compile(
    r"\b(?:worse\w*|worsening|increas\w+|more (?:short|swollen|confus\w+|pain|tired|sob|weak|frequent|often|than)|getting (?:bad|harder)|"
    r"severe\w*|a lot|constant\w*|all (?:day|night|the time)|unbearable|can't (?:sleep|walk|stand|lie|breathe|keep|get)|"
    r"cannot (?:sleep|walk|stand)|"
    r"spread\w*|(?:up|moved) (?:to|into) (?:the|her|his) (?:knees?|thighs?|calf|calves)|(?:third|second|another|2nd|"
    r"3rd) (?:fall|time)|again|now (?:at rest|even)|"
    r"at rest|every (?:day|night)|twice|bad(?:ly)?|much|peor|empeor\w+|mas fuerte|más fuerte|mucho|no (?:puede|aguanta))\b"
)
_NEW = re.compile(r"\b(?:now|new|also|started|began|since (?:yesterday|this|last)|as well|on top|tambien|también|ahora|empez\w+)\b")
_BETTER = re.compile(
    r"\b(?:better|improv\w+|resolv\w+|gone|went away|subsid\w+|eas(?:ed|ing)|less|down from|settled|controlled|stable|no longer|"
    r"went down|mejor\w*|ya no|se le quito|se le quitó)\b"
)
_DENIED = re.compile(r"\b(?:no|not|denies|denied|den(?:ying)|without|w/o|neg(?:ative)?(?: for)?|never|none|free of|niega|sin|deny)\b")
_DENIES_ALL = re.compile(r"\b(?:denies|denied|negative for|neg for|no (?:c/o|complaints? of)|niega|sin)\b")
_CONDITION = re.compile(
    r"\b(?:if|should (?:she|he|they|it|you|pt|symptoms)|call (?:for|with)|return (?:for|precautions)|watch (?:for|out)|"
    r"look out|signs of|in case|"
    r"unless|precautions|educat\w+|teach\w*|instruct\w+|warned|reviewed (?:signs|symptoms|red flags)|red flags?|risk of|"
    r"history of|hx of|h/o|"
    r"prevent\w*|scale|score of|ask(?:ed)? about|assess for|monitor for|screen\w*|fall risk|fall prevention|si (?:tiene|le))\b"
)


@dataclass(frozen=True, slots=True)
class _Told:
    name: str
    day: date
    quote: Quote
    worse: bool
    new: bool


def worsening_symptoms(notes: Sequence[RecordNote]) -> Iterator[Finding]:
    """At most one finding: the complaint that grew, with what joined it."""
    by_note = [_told(note) for note in notes]
    told = [one for present, _ in by_note for one in present]
    better: dict[str, date] = {}
    for (_, gone), note in zip(by_note, notes, strict=True):
        better |= dict.fromkeys(gone, note.day)
    if not told:
        return
    newest = max(one.day for one in told)
    last = [one for one in told if one.day == newest]
    grown: list[tuple[_Told, list[_Told]]] = []
    for one in last:
        if better.get(one.name, date.min) >= one.day:
            continue
        since = better.get(one.name, date.min)
        before = [b for b in told if b.name == one.name and since <= b.day < newest and newest - b.day <= SPAN]
        if before and one.worse and not all(b.worse for b in before):
            grown.append((one, before))
    joined = _joined(told, last, newest, better)
    if not grown and joined is None:
        return
    if grown:
        one, before = max(grown, key=lambda pair: len(pair[1]))
        chain = _one_a_note([*before, one])
        why = f"{one.name[0].upper()}{one.name[1:]} comes up in {len(chain)} notes and is told as worse in the last."
    else:
        assert joined is not None  # noqa: S101 — one of the two is there, by the return above
        chain, why = joined
    yield Finding(EscalationReason.WORSENING_SYMPTOMS, tuple(t.quote for t in chain), why)


def _joined(told: Sequence[_Told], last: Sequence[_Told], newest: date, better: dict[str, date]) -> tuple[list[_Told], str] | None:
    """A complaint that was there before is there still, and the newest note tells a new one beside it."""
    for old in last:
        before = [b for b in told if b.name == old.name and better.get(b.name, date.min) <= b.day < newest and newest - b.day <= SPAN]
        fresh = [n for n in last if n.new and n.name != old.name and not any(b.name == n.name and b.day < newest for b in told)]
        if before and fresh:
            chain = _one_a_note([*before, old if old.quote != fresh[0].quote else fresh[0]])
            if chain[-1].quote != fresh[0].quote:
                chain.append(fresh[0])
            count = len({b.quote.note for b in before})
            earlier = "an earlier note" if count == 1 else f"{count} earlier notes"
            return chain, f"{old.name[0].upper()}{old.name[1:]} goes on from {earlier}, and {fresh[0].name} is new."
    return None


def _one_a_note(told: Sequence[_Told]) -> list[_Told]:
    """The strongest telling of each note, oldest first."""
    best: dict[int, _Told] = {}
    for one in told:
        kept = best.get(one.quote.note)
        if kept is None or (one.worse and not kept.worse):
            best[one.quote.note] = one
    return sorted(best.values(), key=lambda one: one.day)


def _told(note: RecordNote) -> tuple[list[_Told], set[str]]:
    """The complaints that a note tells as present, and those it tells as gone or better."""
    present: list[_Told] = []
    gone: set[str] = set()
    for clause, words in note.clauses():
        if _CONDITION.search(words):
            continue
        for name, pattern in SYMPTOMS.items():
            match = pattern.search(words)
            if match is None:
                continue
            if _is_denied(words, match.start()) or (_BETTER.search(words) and not re.search(r"\bworse|not better|no better|peor", words)):
                gone.add(name)
                continue
            present.append(_Told(name, note.day, note.quote(clause), bool(_WORSE.search(words)), bool(_NEW.search(words))))
    return present, gone - {one.name for one in present}


def _is_denied(words: str, at: int) -> bool:
    """Whether the complaint at `at` is told as absent: the denial stands close before it, or opens a list of what is denied."""
    before = words[:at]
    if _DENIES_ALL.search(before) and not re.search(r"\b(?:but|pero|except)\b", before):
        return True
    near = " ".join(before.split()[-3:])
    return bool(_DENIED.search(near)) and not re.search(r"\b(?:no better|not better|no relief|not sleeping|not eating)\b", words)
