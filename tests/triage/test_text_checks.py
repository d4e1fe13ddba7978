"""The checks put together: what refuses a text, what is only told to the writer, and what is not the text's business."""

from datetime import date

import pytest

from tests.triage.writing_builders import a_changes_request, a_context_request, a_draft_request, a_fact, a_pattern_request
from triage.assistants.checked import Problem
from triage.reading import Identity
from triage.text_checks import CHECKS
from triage.writing import Draft, DraftRequest, Line, Narration, PatternName, Summary
from workflow.clinic import Clinic
from workflow.vocabulary import DraftForm

WHO = Identity("llm", "m", "p", "v1", "hash")
GOOD = "Hello Rosa Delgado, this is Lakeside Clinic. Please call us at 312-555-0100."


def refused(request: DraftRequest, body: str, subject: str = "") -> bool:
    return any(problem.refuses for problem in problems(request, body, subject))


def problems(request: DraftRequest, body: str, subject: str = "") -> list[Problem]:
    return list(CHECKS.draft(request, Draft(identity=WHO, subject=subject, body=body)))


def test_a_plain_draft_holds() -> None:
    """That nobody is at home at this hour, or that no number is known, is not the text's fault."""
    assert problems(a_draft_request(), GOOD) == []


OTHERS = {
    "es": "Hola, Rosa Delgado. Le llamamos de Lakeside Clinic. Por favor, llámenos al 312-555-0100.",
    "fr": "Bonjour Rosa Delgado,\nIci Lakeside Clinic. Merci de nous appeler au 312-555-0100. Nous voulons vous parler.",
    "vi": "Xin chào Rosa Delgado, đây là Lakeside Clinic. Vui lòng gọi cho chúng tôi theo số 312-555-0100.",
    "ht": "Bonjou Rosa Delgado, se Lakeside Clinic. Tanpri rele nou nan 312-555-0100. Nou vle pale avèk ou.",
    "de": "Guten Tag Rosa Delgado, hier ist die Lakeside Clinic. Bitte rufen Sie uns an: 312-555-0100.",
    "ru": "Здравствуйте, Rosa Delgado! Это Lakeside Clinic. Пожалуйста, позвоните нам: 312-555-0100.",
    "zh": "Rosa Delgado 您好，这里是 Lakeside Clinic。请致电 312-555-0100 与我们联系。",
    "pt": "Olá, Rosa Delgado. Aqui é a Lakeside Clinic. Ligue para 312-555-0100, por favor.",
    "tl": "Kumusta Rosa Delgado, ito ang Lakeside Clinic. Pakitawagan kami sa 312-555-0100.",
    "so": "Salaan Rosa Delgado, kani waa Lakeside Clinic. Fadlan naga soo wac 312-555-0100.",
}


@pytest.mark.parametrize("language", OTHERS)
def test_a_draft_in_another_language_is_not_refused_for_its_capitals(language: str) -> None:
    """Other languages are written through the LLM; a person who reads them looks before anything leaves."""
    assert not refused(a_draft_request(language=language), OTHERS[language])


@pytest.mark.parametrize("language", OTHERS)
def test_an_invented_number_or_person_is_refused_in_every_language(language: str) -> None:
    """What code can see without reading it."""
    request = a_draft_request(language=language)
    for invented in (" 312-555-0199.", " 14:30.", " $50.", " Maria Gonzalez."):
        assert refused(request, OTHERS[language] + invented), invented


@pytest.mark.parametrize(
    "body",
    [
        "Hello Ana Torres, this is Lakeside Clinic. Please call us at 312-555-0100.",
        f"{GOOD} Your visit is free.",
        f"{GOOD} Your MRI showed cancer.",
        f"{GOOD} See https://evil.example/now.",
        "Hello [NAME], please call us.",
        "Hi.",
    ],
)
def test_what_must_not_leave_is_no_draft(body: str) -> None:
    """Another person, a promise, a diagnosis in a text message, a link, a gap, nothing."""
    assert refused(a_draft_request(), body)


def test_what_can_be_mended_is_told_and_does_not_refuse() -> None:
    """A writer who cannot mend it is not told: no number of the clinic is set, or code does not read the language."""
    hard = f"{GOOD} Notwithstanding administrative considerations, communication regarding transportation arrangements is appreciated."
    told = problems(a_draft_request(form=DraftForm.PORTAL), hard)
    assert told
    assert not any(problem.refuses for problem in told)
    unset = a_draft_request(clinic=Clinic(), language="vi")
    assert not [one for one in problems(unset, "Xin chào Rosa Delgado, vui lòng gọi cho chúng tôi.") if not one.refuses]


def test_a_summary_says_what_its_own_facts_say() -> None:
    """A number of another fact is no support."""
    request = a_context_request(a_fact("3 calls were made.", "calls", count=3), a_fact("Due on 12 March.", "due", day=date(2026, 3, 12)))
    summary = Summary(identity=WHO, lines=(Line("3 calls were made.", ("calls",)), Line("3 calls, due 12 March.", ("due",))))
    assert [(problem.line, "3" in problem.words) for problem in CHECKS.summary(request, summary)] == [(1, True)]


def test_a_narration_is_held_to_its_facts_sentence_by_sentence() -> None:
    """By the place of the sentence."""
    narration = Narration(identity=WHO, sentences=(Line("Overdue patients rose from 11 to 99.", ("overdue",)),))
    found = CHECKS.narration(a_changes_request(), narration)
    assert {problem.line for problem in found} == {0}


@pytest.mark.parametrize("name", ["Rosa Delgado has no ride", "No ride since 14 March", "no ride " * 5, "x" * 61])
def test_a_pattern_s_name_is_short_and_names_nobody(name: str) -> None:
    """It stands in a list that the whole team reads."""
    assert CHECKS.name(a_pattern_request(), PatternName(identity=WHO, name=name))
    assert not CHECKS.name(a_pattern_request(), PatternName(identity=WHO, name="No ride to dialysis"))
