"""Rehearse a lane: who may, what a changed file shows, and that what was typed stays where it does not hold."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from review_ui.pages import rehearsing
from store import episodes
from store.lanes import lane_path
from store.tables import AccessRow
from tests.builders import LANES, NOW, a_patient
from tests.review_ui.desk import Browser, Desk
from workflow import moves
from workflow.events import person
from workflow.lane_file import LARGEST
from workflow.vocabulary import Channel, LaneName, Outcome, UserRole

FILE = lane_path(LaneName.REFERRAL).read_text("utf-8")
TWO_TRIES = FILE.replace("after_failed_attempts: 3", "after_failed_attempts: 2")


@pytest.fixture
def lead(desk: Desk) -> Browser:
    """Ruth, a lead, signed in; Rosa was called twice in vain."""
    lane = LANES[LaneName.REFERRAL]
    with desk.database.write() as session:
        opened = moves.open_episode(lane, now=NOW - timedelta(days=2), actor=person("maria"), reason="Cardiology")
        episode_id = episodes.create(session, a_patient(session, name="Rosa <b>Alvarez"), lane.name, opened)
        for hours in (20, 10):
            episode, at = episodes.load(session, episode_id), NOW - timedelta(hours=hours)
            tried = moves.log_outreach(episode, lane, now=at, actor=person("maria"), channel=Channel.CALL, outcome=Outcome.NO_ANSWER)
            episodes.record(session, episode_id, tried, expected_version=episode.version)
    desk.person("ruth", "Ruth Abara", UserRole.LEAD)
    return desk.browser("ruth")


def rehearse(browser: Browser, text: str = TWO_TRIES, **fields: str):
    return browser.post("/lanes/rehearse", **({"text": text, "days": "90", "lane": "referral"} | fields))


def test_the_page_begins_with_the_rules_in_force(lead: Browser):
    """To be changed in place, for each lane."""
    page = lead.get("/lanes/rehearse", lane="care_gap")

    assert page.one("textarea").raw_text == lane_path(LaneName.CARE_GAP).read_text("utf-8")
    assert lead.get("/lanes/rehearse", lane="nonsense").status == 200


def test_a_changed_file_shows_who_and_why(desk: Desk, lead: Browser):
    """With a link to each patient, what the file changes, and nothing that looks like markup obeyed."""
    before = desk.stored(but=("access_log", "sessions"))

    page = rehearse(lead)

    assert page.status == 200
    result = page.one("section", **{"class": "result"}).text
    assert [cell.text for cell in page.all("td")] == ["escalation.after_failed_attempts", "3", "2"]
    assert "Rosa <b>Alvarez" in result
    assert "to nurse reviewer: 2 failed tries since the patient was last in touch." in result
    assert page.one("a", href="/episodes/1")
    assert desk.stored(but=("access_log", "sessions")) == before
    with desk.database.read() as session:
        looks = session.execute(
            select(AccessRow.username, AccessRow.action, AccessRow.subject).order_by(AccessRow.id.desc()).limit(1)
        ).one()
    assert tuple(looks) == ("ruth", "rehearse", "lane referral")


def test_a_file_that_does_not_hold_is_told_by_line_and_stays(lead: Browser):
    """Every problem, and nothing that was typed is lost."""
    typed = TWO_TRIES.replace("first_owner: care_coordinator", "first_owner: boss").replace("zone: America/Chicago", "zone: Chicago")

    page = rehearse(lead, typed)

    assert page.status == 422
    told = page.one("section", role="alert").text
    line = 1 + typed.splitlines().index("first_owner: boss")
    assert f"Line {line}, column 14: first_owner: 'boss' is no word for this." in told
    assert "calendar.zone" in told
    assert "first_owner: boss" in page.one("textarea").text


def test_blank_lines_at_the_beginning_count(lead: Browser):
    """The line that is told is the line in the editor."""
    told = rehearse(lead, "\n\n\nname: referral").one("section", role="alert").text

    assert "Line 4, column 1: title: is missing" in told


def test_a_file_can_be_uploaded(lead: Browser):
    """It counts instead of the text, and shows in its place."""

    def upload(data: bytes):
        fields = {"csrf": lead.csrf, "days": "30", "lane": "referral", "text": FILE}
        return lead.client.post("/lanes/rehearse", data=fields, files={"file": ("referral.yaml", data)})

    done = upload(TWO_TRIES.encode())
    assert done.status_code == 200
    assert "2 failed tries" in done.text
    assert upload(b"name: caf\xe9").status_code == 422
    assert upload(b"#" * (LARGEST + 10)).status_code == 422


def test_a_file_that_changes_nothing_says_so(lead: Browser):
    """An empty report would look like good news."""
    assert "says the same as the rules in force" in rehearse(lead, FILE).one("main").text


@pytest.mark.parametrize("fields", [{"days": "0"}, {"days": "9999"}, {"days": "x"}, {"text": "a" * 20_001}])
def test_a_form_that_cannot_be_read_is_refused_in_words(lead: Browser, fields: dict[str, str]):
    """Never an error of ours."""
    assert rehearse(lead, **fields).status == 422


def test_coordinators_and_forged_forms_are_refused(desk: Desk, lead: Browser, maria: Browser):
    """It shows patients of a whole lane; and only our own page may ask."""
    assert maria.get("/lanes/rehearse").status == 403
    assert rehearse(maria).status == 403
    assert rehearse(lead, csrf="0" * 64).status == 403
    assert lead.client.post("/lanes/rehearse", data={"csrf": lead.csrf}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert maria.get("/queue").all("a", href="/lanes/rehearse") == []
    assert lead.get("/queue").one("a", href="/lanes/rehearse")


def test_more_episodes_than_a_page_goes_over_are_left_to_the_command_line(lead: Browser, monkeypatch: pytest.MonkeyPatch):
    """With how many they are, and what was typed is kept."""
    monkeypatch.setattr(rehearsing, "MOST_EPISODES", 0)

    page = rehearse(lead)

    assert page.status == 422
    assert "Not rehearsed: 1 episode, and this page goes over 0 at most." in page.one("section", class_="bad").text
    assert "triage lane rehearse FILE --days 90" in page.text
    assert page.one("textarea").raw_text == TWO_TRIES
