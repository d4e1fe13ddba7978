"""The checker of digests: no false one passes, and what is true may be said in many ways."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from store import episodes
from store.database import Database
from store.migrate import upgrade
from tests.builders import LANES, NOW, a_patient
from tests.histories import a_story
from tests.triage.digest_mutations import MUTATIONS, mutated, of_another
from tests.triage.digest_world import WEEK
from triage.assistants.embedded.narrating import narrate_changes
from triage.changes import digest
from triage.narration_check import check_narration
from triage.reading import Identity
from triage.writing import ChangesRequest, Line
from workflow.vocabulary import LaneName

IDENTITY = Identity("embedded", "templates", "embedded", "1", "x")
NAMES = [
    f"{first} {last}"
    for first in ("Rosa", "Earl", "Mei", "Omar", "Ines", "Joe", "Lena", "Sam", "Tess", "Ana")
    for last in ("Delgado", "Whitcomb", "Tan", "Haddad", "Faro", "Park", "Voss", "Okafor")
]
"""Many patients share a given name or a family name."""


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> list[ChangesRequest]:
    """Digests of random histories: every lane and all of them, days, weeks and months, early weeks and quiet ones."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('digests') / 'record.db'}")
    upgrade(database)
    try:
        with database.write() as session:
            for seed in range(80):
                story = a_story(seed, opened_at=NOW + timedelta(days=seed - 40), steps=12, longest_pause_h=300)
                episodes.create(session, a_patient(session, f"p-{seed}", name=NAMES[seed]), story.lane.name, story.events)
        with database.read() as session:
            return [
                digest(
                    session, LANES, lane, NOW + timedelta(days=begins), NOW + timedelta(days=begins + length), now=NOW + timedelta(days=300)
                )
                for begins, length in ((-45, 7), (-20, 7), (-3, 7), (4, 7), (11, 7), (12, 1), (18, 7), (-10, 28), (30, 7), (120, 7))
                for lane in (None, *LaneName)
            ]
    finally:
        database.dispose()


def test_what_the_embedded_assistant_writes_passes(requests: list[ChangesRequest]) -> None:
    """The templates and the checker were written apart; where they meet, both are right."""
    for request in requests:
        sentences = narrate_changes(request, IDENTITY).sentences
        told = [(sentences[problem.sentence].text, problem.words) for problem in check_narration(sentences, request.facts)]
        assert told == []


def test_every_fact_says_itself_in_words_that_pass(requests: list[ChangesRequest]) -> None:
    """A model is given these sentences, and copies them."""
    for request in requests:
        for fact in request.facts:
            if fact.topic not in {"period", "first"}:
                assert check_narration([Line(fact.said, (fact.id,))], request.facts) == [], fact


def test_of_300_mutated_digests_none_passes(requests: list[ChangesRequest]) -> None:
    """One number, name, direction, word, day or citation is false, and the digest is not shown. Every kind of mutation is tried often."""
    chance = Random(7)
    tried: Counter[str] = Counter()
    passed: list[tuple[str, str, tuple[str, ...]]] = []
    for request in requests:
        sentences = narrate_changes(request, IDENTITY).sentences
        for kind, place, false in (*mutated(sentences, request.facts, chance), *mutated(sentences, request.facts, chance)):
            tried[kind] += 1
            if not any(problem.sentence == place for problem in check_narration(false, request.facts)):
                passed.append((kind, false[place].text, false[place].facts))
    assert passed == []
    assert sum(tried.values()) >= 300
    assert min(tried[mutation.__name__] for mutation in MUTATIONS) >= 8, tried


def test_a_sentence_of_another_lane_or_week_does_not_pass(requests: list[ChangesRequest]) -> None:
    """True then, or there, and not here and now."""
    tried = 0
    passed = []
    for one, other in zip(requests, [*requests[1:], requests[0]], strict=True):
        own, others = (narrate_changes(each, IDENTITY).sentences for each in (one, other))
        for line in of_another(own, one.facts, others, other.facts):
            tried += 1
            if not check_narration([line], one.facts):
                passed.append((line.text, line.facts))
    assert passed == []
    assert tried >= 100


def sentences_of(name: str) -> list[Line]:
    """The sentences of a file, each line of which has what is cited before a bar."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [
        Line(text.strip(), tuple(each for each in ids.split() if each != "period")) for ids, text in (line.split("|", 1) for line in lines)
    ]


PARAPHRASES = [*sentences_of("digest_paraphrases.txt"), *sentences_of("digest_paraphrases_2.txt")]


def test_good_sentences_of_other_hands_pass() -> None:
    """False alarms cost trust: of what people would write, at least 85 in 100 pass as it is."""
    refused = [line.text for line in PARAPHRASES if check_narration([line], WEEK)]

    assert len(PARAPHRASES) >= 60
    assert 1 - len(refused) / len(PARAPHRASES) >= 0.85, refused


def test_false_sentences_of_other_hands_do_not_pass() -> None:
    """Written to get by: the wrong moment, what no fact says, a cause that nobody recorded, vague words, another lane."""
    passed = [line.text for line in sentences_of("digest_false.txt") if not check_narration([line], WEEK)]

    assert passed == []


@pytest.mark.parametrize(
    ("text", "cited", "words", "at"),
    [
        ("7 patients are overdue.", "overdue", "“7” is not a number of what this sentence cites for now.", "7"),
        ("Overdue work rose from 17 to 11.", "overdue", "“rose” is not how it changed.", "rose"),
        ("Mei Tan is escalated.", "escalated", "The facts that this sentence cites do not say this of Mei Tan.", "Mei Tan"),
        ("About 11 patients are overdue.", "overdue", "“About 11” cannot be checked; say the number itself.", "11"),
        (
            "11 patients are overdue.",
            "blocked",
            "is not about anything that this sentence cites. Cite “overdue” if that is meant.",
            "11 patients",
        ),
        ("11 patients are overdue.", "overdue blocked", "The sentence says nothing of “blocked”; leave that citation out.", "11 patients"),
        ("11 patients are overdue.", "", "This sentence states something and cites no fact", "11 patients"),
        ("11 patients are overdue.", "overdue late", "There is no fact late; cite one that there is.", "11 patients"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(text: str, cited: str, words: str, at: str) -> None:
    """A person mends it without asking anybody."""
    (problem,) = check_narration([Line("Thank you for your work.", ()), Line(text, tuple(cited.split()))], WEEK)

    assert words in problem.words
    assert problem.sentence == 1
    assert text[problem.start : problem.end].startswith(at)


@pytest.mark.parametrize("text", ["Please call early this week.", "Well done, and thank you.", ""])
def test_a_person_s_own_words_pass(text: str) -> None:
    """They state nothing of the queue."""
    assert check_narration([Line(text, ())], WEEK) == []


def test_no_paraphrase_passes_once_it_is_false() -> None:
    """The checker knows no template: other people's sentences are held as strictly."""
    chance = Random(3)
    good = [line for line in PARAPHRASES if line.facts and not check_narration([line], WEEK)]
    passed, tried = [], 0
    for _ in range(4):
        for line in good:
            for kind, _place, false in mutated([line], WEEK, chance):
                tried += 1
                if not check_narration(false, WEEK):
                    passed.append((kind, false[0].text, false[0].facts))
    assert passed == []
    assert tried >= 500
