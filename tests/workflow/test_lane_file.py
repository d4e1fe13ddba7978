"""What `triage lane check` says of a file: everything at once, each with line, column, key and remedy."""

# ruff: noqa: E501 — one case a line, and a lane file in flow style
import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.lanes import lane_path
from workflow.lane_file import DEEPEST, LARGEST, Problem, examine, parse_lane
from workflow.lanes import LaneError
from workflow.vocabulary import LaneName, OwnerRole

GOOD = """\
name: referral
title: Referral follow-through
calendar: {zone: America/Chicago, state: IL}
owners: [care_coordinator, nurse_reviewer, admin_lead]
first_owner: care_coordinator
first_action: call_patient
closure_reasons: [care_completed]
cadence:
  by_status: {new: 1, needs_outreach: 1, waiting_on_patient: a week, waiting_on_provider: 1, waiting_on_documents: 48 hours, scheduled: 1, escalated: 0}
escalation: {after_failed_attempts: 3, after_days_overdue: null, after_days_blocked: null}
"""


def changed(old: str, new: str) -> str:
    """The good file with one thing changed."""
    assert old in GOOD
    return GOOD.replace(old, new)


def errors(text: str | bytes) -> tuple[Problem, ...]:
    """What does not hold; the file is no lane then."""
    examined = examine(text)
    assert (examined.lane is None) == bool(examined.errors)
    return examined.errors


def only(text: str | bytes) -> Problem:
    """The one thing that does not hold."""
    found = errors(text)
    assert len(found) == 1, found
    return found[0]


def test_the_good_file_is_good():
    """So that what the other tests break is the only thing broken."""
    assert examine(GOOD).problems == ()
    assert parse_lane(GOOD, "referral.yaml").first_owner is OwnerRole.CARE_COORDINATOR


@pytest.mark.parametrize("name", list(LaneName))
def test_nothing_is_said_of_the_shipped_files(name):
    """No error and no note: a team starts from a clean one."""
    assert examine(lane_path(name).read_bytes()).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "place", "key", "parts"),
    [
        ("owners: [care_", "owners: [janitor, care_", (4, 10), "owners.0", ("'janitor' is no word", "care_coordinator, scheduler")),
        ("first_owner: care_coordinator", "first_owner: care_cordinator", (5, 14), "first_owner", ("Did you mean care_coordinator?",)),
        ("first_owner: care_coordinator", "first_owner: clinician", (5, 14), "first_owner", ("not among the owners", "Add clinician")),
        ("name: referral", "name: refferal", (1, 7), "name", ("Did you mean referral?",)),
        ("zone: America/Chicago", "zone: Chicago", (3, 18), "calendar.zone", ("Write one like America/Chicago",)),
        ("state: IL", "state: Illinois", (3, 42), "calendar.state", ("Write two letters, like TX",)),
        ("state: IL", "country: XX", (3, 44), "calendar.country", ("whose holidays are known",)),
        ("attempts: 3", "attempts: 0", (10, 37), "escalation.after_failed_attempts", ("0 is too small", "Write 1 or more")),
        ("attempts: 3", "attempts: 99", (10, 37), "escalation.after_failed_attempts", ("Write 20 or less",)),
        ("attempts: 3", "attempts: yes", (10, 37), "escalation.after_failed_attempts", ("'yes' is no whole number",)),
        ("attempts: 3", "attempts: '3'", (10, 37), "escalation.after_failed_attempts", ("is no whole number",)),
        ("failed_attempts: 3", "failed_to: clinician", (10, 14), "escalation.after_failed_to", ("Did you mean after_failed_attempts?",)),
        ("{new: 1, ", "{", (9, 14), "cadence.by_status", ("no time to the next touch for: new", "Add new: a week")),
        ("scheduled: 1", "scheduled: 261", (9, 137), "cadence.by_status.scheduled", ("261 is out of range", "Write 0 to 260",)),
        ("scheduled: 1", "scheduled: soon", (9, 137), "cadence.by_status.scheduled", ("'soon'", "Write same day")),
        ("scheduled: 1", "scheduled: yes", (9, 137), "cadence.by_status.scheduled", ("'yes'", "Write same day")),
        ("scheduled: 1", "scheduld: 1", (9, 126), "cadence.by_status.scheduld", ("'scheduld' is no word", "Did you mean scheduled?")),
        ("[care_completed]", "[]", (7, 18), "closure_reasons", ("names nothing",)),
        ("[care_completed]", "care_completed", (7, 18), "closure_reasons", ("is no list",)),
        ("closure_reasons", "status_when_blocked: {transport: closed}\nclosure_reasons", (7, 34), "status_when_blocked.transport", ("act",)),
        ("closure_reasons", "status_after_outreach: {no_answer: escalated}\nclosure_reasons", (7, 36), "status_after_outreach.no_answer", ()),
        ("closure_reasons", "statuses: [new]\nstatus_when_blocked: {transport: scheduled}\nclosure_reasons", (8, 34), None, ("Add scheduled",)),
        ("title: Referral follow-through\n", "", (1, 1), "title", ("is missing", "Add title:")),
        ("title: Referral follow-through", f"title: {'x' * 61}", (2, 8), "title", ("is too long", "60 characters or fewer")),
        ("title: Referral follow-through", "title:", (2, 7), "title", ("nothing is no text",)),
        ("title: Referral", "name: referral\ntitle: Referral", (2, 1), "name", ("stands twice; first in line 1",)),
        ("title: Referral", "titel: x\ntitle: Referral", (2, 1), "titel", ("is no key", "Did you mean title?")),
        ("state: IL", "closed: [2026-13-45]", (3, 44), "calendar.closed.0", ("'2026-13-45' cannot be read", "Write a day like")),
        ("attempts: 3", f"attempts: {'9' * 5000}", (10, 37), "escalation.after_failed_attempts", ("cannot be read",)),
        ("title: Referral", "[a]: b\ntitle: Referral", (2, 1), "", ("cannot be a key",)),
        ("cadence:", "cadence: 3\nx:", (8, 10), "cadence", ("is no group of keys",)),
    ],
)  # fmt: skip
def test_a_broken_file_says_where_and_how_to_mend_it(old, new, place, key, parts):
    """A team edits these by hand: the line to go to, the key, and what to write instead."""
    found = errors(changed(old, new))

    at = next(problem for problem in found if (problem.line, problem.column) == place and key in {problem.key, None})
    for part in parts:
        assert part in str(at)


@pytest.mark.parametrize(
    ("text", "place", "parts"),
    [
        (changed("first_action: call_patient", "first_action: [call"), (7, 16), ("not valid YAML",)),
        (changed("name: referral", "name: referral\n\tx: 1"), (2, 1), ("a tab stands", "Indent with spaces")),
        (changed("name: referral", "name: &a referral"), (1, 7), ("anchors and aliases",)),
        (changed("title: Referral follow-through", "title: *a"), (2, 8), ("anchors and aliases",)),
        (changed("name: referral", "name: !!python/object:os.system referral"), (1, 7), ("tags (!)",)),
        (changed("name: referral", "name: ! referral"), (1, 7), ("tags (!)",)),
        (changed("name: referral", "x: " + "[" * 30_000), (1, 3 + DEEPEST), ("deeper",)),
        (GOOD + "---\nname: care_gap\n", (11, 1), ("not valid YAML",)),
        ("", (1, 1), ("is empty", "triage lane show referral")),
        ("# nothing yet\n", (1, 1), ("is empty",)),
        ("- a\n- b", (1, 1), ("a list of keys and values",)),
        ("just words", (1, 1), ("a list of keys and values",)),
        ("name: \x07x", (1, 7), ("U+0007", "Remove it")),
        (b"name: referral\ntitle: caf\xe9", (2, 11), ("byte 0xe9 is not UTF-8",)),
        (codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"), (1, 1), ("UTF-16", "Save it as UTF-8")),
        (b"#" * (LARGEST + 1), (1, 1), ("65,537 bytes", "at most 65,536")),
        ("name: \ud83d", (1, 7), ("not UTF-8",)),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_as_a_lane_says_where(text, place, parts):
    """Syntax, encoding, size, and what YAML offers beyond keys and values."""
    problem = only(text)

    assert (problem.line, problem.column) == place
    for part in parts:
        assert part in str(problem)


def test_aliases_that_stand_for_millions_are_never_unfolded():
    """Nine lines, a billion words."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert (only("\n".join(lines)).line, only("\n".join(lines)).column) == (1, 5)


def test_every_fault_of_a_file_is_told_at_once_in_order_of_its_lines():
    """Nobody should mend a file one message at a time: words, unknown keys, what keys say against one another, and what stands twice."""
    text = changed(
        "first_owner: care_coordinator\nfirst_action: call_patient", "first_owner: clinician\nfirst_action: y\nfirst_owner: z\nw: 1"
    )
    text = text.replace("scheduled: 1, ", "").replace("attempts: 3", "attempts: 0")

    found = errors(text)

    assert [(problem.line, problem.key) for problem in found] == [
        (5, "first_owner"),
        (6, "first_action"),
        (7, "first_owner"),
        (8, "w"),
        (11, "cadence.by_status"),
        (12, "escalation.after_failed_attempts"),
    ]


def test_the_error_of_a_file_at_start_up_names_the_file_and_every_line():
    """A server that does not start says where to look."""
    with pytest.raises(LaneError) as refused:
        parse_lane(changed("first_owner: care_coordinator", "first_owner: x").replace("state: IL", "state: XX"), "lanes/referral.yaml")

    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["lanes/referral.yaml, line 3, column 42", "lanes/referral.yaml, line 5, column 14"]


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("closure_reasons", "statuses: [scheduled]\nclosure_reasons", (10, 62), "does not use that status"),
        ("closure_reasons", "statuses: [scheduled]\nnext_action_by_status: {waiting_on_patient: other}\nclosure_reasons", (8, 45), "not use"),
        (", after_days_overdue: null", "", (10, 13), "after_days_overdue is not there"),
    ],
)  # fmt: skip
def test_what_holds_and_may_not_be_meant_is_a_note(old, new, place, words):
    """The file counts all the same."""
    examined = examine(changed(old, new))

    assert examined.lane is not None
    assert all(problem.is_warning for problem in examined.problems)
    if place:
        assert any((p.line, p.column) == place and words in p.what for p in examined.problems), examined.problems


def test_a_byte_order_mark_is_passed_over_and_told():
    """Editors on Windows write one."""
    examined = examine(codecs.BOM_UTF8 + GOOD.encode())

    assert examined.lane == examine(GOOD).lane
    assert "byte order mark" in examined.warnings[0].what


def test_norway_and_ontario_are_places():
    """YAML 1.1 takes NO and ON for no and yes."""
    norway = examine(changed("zone: America/Chicago, state: IL", "zone: Europe/Oslo, country: NO"))
    ontario = examine(changed("zone: America/Chicago, state: IL", "zone: America/Toronto, country: CA, state: ON"))

    assert norway.lane is not None
    assert ontario.lane is not None
    assert (norway.lane.calendar.country, ontario.lane.calendar.state) == ("NO", "ON")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_done_to_a_file_it_is_a_lane_or_says_why(data):
    """Lines cut, doubled, moved, bytes put in: never another error, never silence."""
    raw = bytearray(lane_path(LaneName.REFERRAL).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        until = min(len(raw), at + data.draw(st.integers(0, 60)))
        raw[at:until] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"\t", b": ", b"[", b"}", b"\n", b"- ", b"? ", b"| ", b"'", b"#", b"%", b"<<: {}"])
        )

    examined = examine(bytes(raw))

    assert (examined.lane is None) == bool(examined.errors)
    assert all(problem.line >= 1 and problem.column >= 1 and problem.what and problem.remedy for problem in examined.problems)
