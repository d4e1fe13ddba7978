"""What the LLM assistant makes of a reply: every quote placed, every date and count computed, nothing twice."""

from datetime import date
from typing import Any

import pytest

from tests.triage.llm_builders import TEXT, a_blocker, a_note, a_reply, a_task, an_assistant
from tests.triage.misbehaving_server import MisbehavingServer, answers, completion, hangs, obeys, replies
from triage.assistants.llm import ReplyFormat
from triage.assistants.llm.checking import MOST_QUOTE_CHARS, PRIORS, check
from triage.assistants.llm.counts import count
from triage.assistants.llm.schema import NoteReply
from triage.reading import Reading
from workflow.suggestions import MOST_ATTEMPTS, TaskPayload
from workflow.vocabulary import Action, EscalationReason, SuggestionKind


def read(*said: object, text: str = TEXT, **settings: Any) -> tuple[Reading, MisbehavingServer]:
    """The reading of a note by a model that says one thing after the other."""
    with MisbehavingServer(*(replies(one) for one in said)) as server:
        return an_assistant(server.base_url, **settings).read_note(a_note(text)), server


def quotes(reading: Reading, text: str = TEXT) -> list[str]:
    return [text[item.start : item.end] for item in reading.items]


def test_a_reading_has_the_keys_of_the_labelled_format() -> None:
    """`triage read` writes it beside gold, and the scorer compares the two."""
    attempt = {"quote": "Called pt x2, no answer, LVM", "channel": "call", "outcome": "left_voicemail", "counted": ["x2"]}
    reading, _ = read(a_reply(tasks=[a_task(time_phrase="Thurs")], blockers=[a_blocker()], outreach_attempts=[attempt]))

    line = reading.as_line(TEXT)

    assert line["tasks"] == [
        {
            "action": "call_patient",
            "owner_role": "care_coordinator",
            "due": "2026-03-12",
            "evidence": "Try again Thurs",
            "confidence": 0.6,
            "span": [65, 80],
        }
    ]
    assert line["blockers"] == [{"category": "transport", "evidence": "no ride on weekdays", "confidence": 0.6, "span": [44, 63]}]
    assert line["outreach_attempts"] == [
        {
            "channel": "call",
            "outcome": "left_voicemail",
            "count": 2,
            "evidence": "Called pt x2, no answer, LVM",
            "confidence": 0.7,
            "span": [0, 28],
        }
    ]
    assert line["escalation"] is None
    assert reading.identity.assistant == "llm"
    assert reading.refused == 0
    assert reading.usage == {"calls": 1, "tokens_in": 100, "tokens_out": 20, "seconds": reading.usage["seconds"]}


@pytest.mark.parametrize("reply_format", [ReplyFormat.JSON_SCHEMA, ReplyFormat.TEXT])
def test_json_is_found_in_the_text_of_the_reply(reply_format: ReplyFormat) -> None:
    """Both formats answer in the message's text."""
    reading, server = read(a_reply(blockers=[a_blocker()]), reply_format=reply_format)
    assert quotes(reading) == ["no ride on weekdays"]
    assert ("response_format" in server.requests[0].json()) == (reply_format is ReplyFormat.JSON_SCHEMA)


def test_json_is_found_in_a_tool_call() -> None:
    """Services without `response_format` are held to the shape by a forced tool."""
    arguments = NoteReply.model_validate(a_reply(blockers=[a_blocker()])).model_dump_json()
    call = {"id": "t1", "type": "function", "function": {"name": "NoteReply", "arguments": arguments}}
    with MisbehavingServer(answers(200, completion(None, finish_reason="tool_calls", tool_calls=[call]))) as server:
        reading = an_assistant(server.base_url, reply_format=ReplyFormat.TOOLS).read_note(a_note())
    assert quotes(reading) == ["no ride on weekdays"]
    assert server.requests[0].json()["tool_choice"]["function"]["name"] == "NoteReply"


def test_a_quote_that_is_not_in_the_note_is_asked_for_once_more() -> None:
    """The model is told which words it did not find, and may mend them."""
    reading, server = read(a_reply(blockers=[a_blocker("has no car")]), a_reply(blockers=[a_blocker()]))
    assert quotes(reading) == ["no ride on weekdays"]
    assert reading.refused == 0
    complaint = server.requests[1].json()["messages"][-1]["content"]
    assert "blockers[0].quote 'has no car' does not occur in the note" in complaint


def test_a_quote_that_is_still_not_in_the_note_is_dropped_and_counted() -> None:
    """S13: what cannot be shown in the note is not shown; the rest of the reading stands."""
    reading, server = read(a_reply(tasks=[a_task()], blockers=[a_blocker("has no car")]))
    assert quotes(reading) == ["Try again Thurs"]
    assert reading.refused == 1
    assert len(server.requests) == 2


def test_a_re_ask_takes_nothing_away() -> None:
    """Small models answer a complaint with an empty list; the first reply's good items stand."""
    reading, _ = read(a_reply(tasks=[a_task()], blockers=[a_blocker("has no car")]), a_reply())
    assert quotes(reading) == ["Try again Thurs"]
    assert reading.refused == 1


@pytest.mark.parametrize(
    "second",
    [hangs, answers(500, {}), answers(400, {}), replies("nonsense"), replies("{", finish_reason="length")],
    ids=["time-out", "500", "400", "nonsense", "cut"],
)
def test_a_re_ask_that_fails_leaves_the_first_reply_standing(second: Any) -> None:
    """A checked reply is a whole result; only the chance to mend a quote is lost."""
    first = replies(a_reply(tasks=[a_task()], blockers=[a_blocker("has no car")]))
    with MisbehavingServer(first, second) as server:
        reading = an_assistant(server.base_url, budget_s=0.6).read_note(a_note())
    assert quotes(reading) == ["Try again Thurs"]


def test_a_quote_is_forgiven_its_case_and_spaces_and_stored_as_the_note_has_it() -> None:
    """The evidence is the note's own words, whatever the model made of them."""
    reading, server = read(a_reply(blockers=[a_blocker("No  ride on WEEKDAYS")]))
    assert quotes(reading) == ["no ride on weekdays"]
    assert len(server.requests) == 1


def test_a_copy_of_the_whole_note_is_no_evidence() -> None:
    """A quote that says everything points at nothing."""
    text = "No ride. " * 100
    reading, _ = read(a_reply(blockers=[a_blocker(text[: MOST_QUOTE_CHARS + 1])]), text=text)
    assert reading.items == ()
    assert reading.refused == 1


def test_a_due_date_needs_the_notes_own_words() -> None:
    """A time that the note does not tell is no time: the task stays, its date does not."""
    reading, server = read(a_reply(tasks=[a_task(time_phrase="next Friday")]))
    assert [item.payload for item in reading.items] == [TaskPayload(action=Action.CALL_PATIENT, owner_role="care_coordinator", due=None)]
    assert reading.items[0].time_phrase is None
    assert "next Friday" in server.requests[1].json()["messages"][-1]["content"]


def test_the_date_is_computed_from_the_notes_own_day() -> None:
    """The model only quotes: it cannot get a date wrong."""
    reading, _ = read(a_reply(tasks=[a_task(time_phrase="Thurs")]))
    payload = reading.items[0].payload
    assert isinstance(payload, TaskPayload)
    assert payload.due == date(2026, 3, 12)
    assert reading.items[0].time_phrase == "Thurs"


def test_words_that_name_no_day_are_kept_beside_an_empty_date() -> None:
    """A reviewer sees what the note says about the time and sets the date."""
    reading, _ = read(a_reply(tasks=[a_task(time_phrase="Try again")]))
    payload = reading.items[0].payload
    assert isinstance(payload, TaskPayload)
    assert payload.due is None
    assert reading.items[0].time_phrase == "Try again"


@pytest.mark.parametrize(
    ("phrases", "number"),
    [
        ([], 1),
        (["x2"], 2),
        (["2x"], 2),
        (["x 3"], 3),
        (["twice"], 2),
        (["both of your voicemails"], 2),
        (["both"], 2),
        (["3 calls"], 3),
        (["three attempts"], 3),
        (["3 unanswered phone calls"], 3),
        (["4/14", "4/15", "today 16:50"], 3),
        (["4/14"], 1),
        (["9 am"], 1),
        (["5 May"], 1),
        (["x99", "x99"], MOST_ATTEMPTS),
    ],
)
def test_attempts_are_counted_from_the_notes_own_words(phrases: list[str], number: int) -> None:
    """Either one phrase with a number, or one phrase for each contact; a date is no number of contacts."""
    assert count(phrases) == number


def test_the_same_thing_is_suggested_once() -> None:
    """One step told twice by overlapping words is one card, and a category blocks once."""
    reading, _ = read(
        a_reply(
            tasks=[a_task(), a_task("Try again"), a_task(action="other")],
            blockers=[a_blocker(), a_blocker("Daughter says no ride"), a_blocker("LVM", "patient_unreachable")],
        )
    )
    found = [(item.payload.kind.value, TEXT[item.start : item.end]) for item in reading.items]
    assert sorted(found) == [
        ("blocker", "Daughter says no ride"),
        ("blocker", "LVM"),
        ("task", "Try again"),
        ("task", "Try again Thurs"),
    ]


def test_priors_are_given_for_every_kind_and_are_no_certainty() -> None:
    """Cold start: a constant by kind, until decisions have taught better."""
    assert set(PRIORS) == set(SuggestionKind)
    assert all(0 < prior < 1 for prior in PRIORS.values())


def test_confidence_can_come_from_elsewhere() -> None:
    """The calibrated model is passed in; the model's own certainty is never asked for."""
    checked = check(NoteReply.model_validate(a_reply(blockers=[a_blocker()])), TEXT, a_note().written_at, lambda _: 0.25)
    assert [item.confidence for item in checked.items] == [0.25]


@pytest.mark.parametrize("text", ["", "   \n\t "])
def test_a_note_without_a_word_asks_no_model(text: str) -> None:
    """An empty reading is a right answer, and costs nothing."""
    reading, server = read(a_reply(), text=text)
    assert reading.items == ()
    assert reading.usage["calls"] == 0
    assert server.requests == []


def test_a_long_note_is_read_in_windows_and_never_cut() -> None:
    """BAD-INPUT 76: what stands on the last page counts as much, and its evidence is placed in the whole note."""
    text = "Nothing to report here.\n\n" * 40 + "No ride on weekdays."

    def find_the_ride(user: str) -> object:
        return a_reply(blockers=[a_blocker("No ride on weekdays")]) if "No ride" in user else a_reply()

    with MisbehavingServer(obeys(find_the_ride)) as server:
        reading = an_assistant(server.base_url, context_chars=400).read_note(a_note(text))

    assert quotes(reading, text) == ["No ride on weekdays"]
    assert reading.usage["calls"] == len(server.requests) > 2
    assert sum(request.user_text().count("Nothing to report here.") for request in server.requests) == 40
    assert "This is part 1 of" in server.requests[0].user_text()


def test_windows_may_disagree_and_the_weightiest_escalation_stays() -> None:
    """The guide's order of reasons decides, wherever in the note they stand."""
    text = ("Called 3 times, no answer. " * 15) + ("Chest pain is worse. " * 15)

    def escalate(user: str) -> object:
        worse = "Chest pain is worse" in user
        reason = EscalationReason.WORSENING_SYMPTOMS if worse else EscalationReason.REPEATED_FAILED_OUTREACH
        return a_reply(escalation={"quote": "Chest pain is worse" if worse else "Called 3 times, no answer", "reason": reason})

    with MisbehavingServer(obeys(escalate)) as server:
        reading = an_assistant(server.base_url, context_chars=300).read_note(a_note(text))

    assert quotes(reading, text) == ["Chest pain is worse"]


def test_a_note_with_half_a_character_can_be_sent() -> None:
    """BAD-INPUT 67: a lone surrogate cannot stand in JSON; it is replaced one for one, so that places stay."""
    text = "\ud83d No ride."
    reading, server = read(a_reply(blockers=[a_blocker("No ride")]), text=text)
    assert quotes(reading, text) == ["No ride"]
    assert "\ufffd No ride." in server.requests[0].user_text()


def test_temperature_and_length_are_sent_only_where_they_are_set() -> None:
    """Some hosted models refuse them."""
    _, server = read(a_reply(), temperature=None)
    assert not {"temperature", "max_tokens"} & server.requests[0].json().keys()
    _, server = read(a_reply(), max_reply_tokens=700)
    assert (server.requests[0].json()["temperature"], server.requests[0].json()["max_tokens"]) == (0.0, 700)


def test_what_else_an_answer_holds_is_passed_over() -> None:
    """Services add fields of their own; some would trip the types they are read into, and none is ours to trust."""
    body = completion(a_reply(blockers=[a_blocker()]))
    more: dict[str, Any] = {"_fields_set": 7, "__cls": "x", "self": 1, "usage": {"prompt_tokens": "many"}, "created": None}
    body["choices"][0] |= more | {"logprobs": "?"}
    body["choices"][0]["message"] |= more | {"reasoning_content": "hm", "function_call": 7, "audio": []}
    with MisbehavingServer(answers(200, body | more)) as server:
        reading = an_assistant(server.base_url).read_note(a_note())
    assert quotes(reading) == ["no ride on weekdays"]
    assert reading.usage["tokens_in"] == 0


def test_several_threads_may_ask_at_once() -> None:
    """Workers share one assistant."""
    from concurrent.futures import ThreadPoolExecutor

    with MisbehavingServer(replies(a_reply(blockers=[a_blocker()]))) as server, ThreadPoolExecutor(8) as pool:
        assistant = an_assistant(server.base_url)
        readings = list(pool.map(lambda _: assistant.read_note(a_note()), range(24)))
    assert all(quotes(reading) == ["no ride on weekdays"] for reading in readings)
    assert all(reading.usage["calls"] == 1 for reading in readings)
