"""Changing many patients at once: a preview that says what will happen, each patient on its own, and what became of each."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from store import batches, users
from tests.builders import TODAY
from tests.review_ui.desk import Browser, Clock, Desk
from tests.review_ui.html import Page
from workflow.bulk import Assign
from workflow.vocabulary import LaneName, OwnerRole, UserRole


@pytest.fixture
def clinic(desk: Desk) -> Desk:
    """Four patients, the last of them in a lane of its own."""
    for number, name in enumerate(("Ana", "Ben", "Cleo", "Dev"), start=1):
        desk.patient(f"p-{number}", name=name)
        desk.note(f"n-{number}", patient=f"p-{number}", items=[], lane=LaneName.HIGH_RISK if name == "Dev" else LaneName.REFERRAL)
    desk.person("dana", "Dana Whitfield")
    return desk


def preview(browser: Browser, *ids: int, **values: str) -> Page:
    """What the Queue page's form asks for with these boxes ticked."""
    form = browser.get("/queue").form("/queue/preview")
    press = {"to_owner": "assign", "to_role": "assign", "to_due": "due", "to_status": "status"}[next(iter(values))]
    pairs = [*form.sent(press, **values), *(("e", str(each)) for each in ids)]
    response = browser.client.get("/queue/preview", params=pairs)
    return Page(response.text, response)


def lines(page: Page) -> dict[str, str]:
    """What happens to each patient, by name."""
    return {tr.all("td")[0].one("a").text: tr.all("td")[1].text for tr in page.one("tbody").all("tr")}


def outcomes(page: Page) -> dict[str, list[str]]:
    """Who stands under each heading of the result."""
    return {each.one("h2").text.rpartition(" ")[0]: [a.text for a in each.all("a", class_="name")] for each in page.all("section")}


def test_the_preview_says_what_changes_and_changes_nothing(clinic: Desk, maria: Browser):
    """Before and after for each patient; who stands so already is told, too."""
    maria.submit(maria.get("/episodes/2").form("/episodes/2/moves/claim"))
    before = clinic.stored(but=("access_log", "sessions"))

    page = preview(maria, 1, 2, to_owner="maria")

    assert lines(page)["Ana"].startswith("Owner:")
    assert lines(page)["Ana"].endswith("(Maria Lopez)")
    assert lines(page)["Ben"] == "Stands so already; nothing changes."
    assert "1 will change, 1 stands so already. Nothing is changed yet." in page.text
    assert clinic.stored(but=("access_log", "sessions")) == before


def test_what_is_refused_is_told_before_and_after(clinic: Desk, maria: Browser):
    """One patient whom the rules let nobody move does not stop the others."""
    maria.submit(maria.get("/episodes/4/close").form("/episodes/4/moves/close"), reason="care_completed")

    page = preview(maria, 1, 4, to_role="scheduler")
    assert "1 will change, 1 will be refused." in page.text
    assert lines(page)["Dev"] == "Refused: This episode is closed. Reopen it first."
    done = maria.submit(page.form("/queue/bulk", having="token"), why="holiday cover")

    assert "1 moved, 1 refused." in done.text
    assert outcomes(done) == {"Moved": ["Ana"], "Refused": ["Dev"]}
    assert "This episode is closed." in done.text
    assert clinic.episode(1).owner_role is OwnerRole.SCHEDULER
    assert "holiday cover" in maria.get("/episodes/1").text


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ({"to_owner": "dana"}, lambda e: e.owner == "dana"),
        ({"to_role": "scheduler"}, lambda e: (e.owner_role, e.owner) == (OwnerRole.SCHEDULER, None)),
        ({"to_due": "2026-03-20"}, lambda e: e.due.isoformat() == "2026-03-20"),
        ({"to_status": "waiting_on_patient"}, lambda e: e.status.value == "waiting_on_patient"),
    ],
)
def test_every_act_does_what_it_says_and_can_be_taken_back(clinic: Desk, maria: Browser, values: dict[str, str], holds: Callable):
    """To a person, to a role's queue, a due date, a status; and undone as one."""
    before = [clinic.episode(number) for number in (1, 2, 3)]

    done = maria.submit(preview(maria, 1, 2, **values).form("/queue/bulk", having="token"))
    assert "2 moved." in done.text
    assert [holds(clinic.episode(number)) for number in (1, 2, 3)] == [True, True, False]

    undone = maria.submit(done.form(f"{done.response.url.path}/again", having="undo"), "undo")
    assert "2 undone." in undone.text
    after = [clinic.episode(number) for number in (1, 2, 3)]
    assert [e.model_dump(exclude={"version"}) for e in after] == [e.model_dump(exclude={"version"}) for e in before]


def test_who_moved_meanwhile_is_left_alone_and_told(clinic: Desk, maria: Browser):
    """The approval was for what the preview showed."""
    page = preview(maria, 1, 2, to_due="2026-03-20")
    maria.submit(maria.get("/episodes/2").form("/episodes/2/moves/claim"))

    done = maria.submit(page.form("/queue/bulk", having="token"))

    assert "1 moved, 1 had moved meanwhile." in done.text
    assert "Since then: Owner:" in done.text
    assert clinic.episode(2).due.isoformat() != "2026-03-20"


def test_undo_leaves_what_moved_since_and_says_so(clinic: Desk, maria: Browser):
    """Taking back a batch never takes back what somebody built on it."""
    done = maria.submit(preview(maria, 1, 2, to_owner="dana").form("/queue/bulk", having="token"))
    maria.submit(maria.get("/episodes/2").form("/episodes/2/moves/set-due"), due="2026-03-23")

    undone = maria.submit(done.form(f"{done.response.url.path}/again", having="undo"), "undo")

    assert "1 moved, 1 undone." in undone.text
    assert "It moved after this batch" in undone.text
    assert (clinic.episode(1).owner, clinic.episode(2).owner) == (None, "dana")


def test_a_form_posted_twice_is_one_batch(clinic: Desk, maria: Browser):
    """A double click, a reload, a lost answer."""
    form = preview(maria, 1, 2, to_due="2026-03-20").form("/queue/bulk", having="token")
    first = maria.submit(form)
    stored = clinic.stored(but=("access_log", "sessions"))

    second = maria.submit(form)

    assert second.response.url == first.response.url
    assert clinic.stored(but=("access_log", "sessions")) == stored


def test_a_batch_cut_short_goes_on_where_it_stopped(clinic: Desk, maria: Browser):
    """The process died after the batch was stored: nothing is lost, nothing done twice."""
    user = 1
    batch = batches.start(clinic.database, "t" * 32, Assign(owner="dana"), "", [(1, 1), (2, 1)], user_id=user, now=clinic.clock())
    page = maria.get(f"/queue/bulk/{batch}")
    assert "2 not done yet." in page.text

    done = maria.submit(page.form(f"/queue/bulk/{batch}/again", having="go-on"), "go-on")

    assert "2 moved." in done.text
    assert [clinic.episode(number).owner for number in (1, 2)] == ["dana", "dana"]


def test_all_of_the_view_means_the_view(clinic: Desk, maria: Browser):
    """The lane that is shown, page after page, and no other."""
    form = maria.get("/queue", lane="referral").form("/queue/preview")
    response = maria.client.get("/queue/preview", params=[*form.sent("due", to_due="2026-03-20"), ("all", "1")])

    assert set(lines(Page(response.text, response))) == {"Ana", "Ben", "Cleo"}


def test_more_than_the_cap_is_refused_with_what_to_do(clinic: Desk, maria: Browser, monkeypatch: pytest.MonkeyPatch):
    """Never a part of what was chosen."""
    monkeypatch.setattr("review_ui.pages.bulk.MOST", 3)
    page = Page((response := maria.client.get("/queue/preview", params={"all": "1", "do": "due", "to_due": "2026-03-20"})).text, response)

    assert page.status == 422
    assert "At most 3 can be changed at once: narrow the view first." in page.problem
    assert not page.all("table")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("do=due&to_due=2026-03-20", "No patient is chosen."),
        ("e=1&do=due&to_due=", "Due: choose a day."),
        ("e=1&do=due&to_due=x", "write a day like"),
        ("e=1&do=assign", "choose a role, a person, or both"),
        ("e=1&do=assign&to_owner=nobody-here", "Person: choose one of the list."),
        ("e=1&do=status&to_status=escalated", "Status: choose one of the list."),
        ("e=1&do=fire", "Choose whether to assign"),
        ("e=999&do=status&to_status=scheduled", ""),
    ],
)
def test_a_choice_that_cannot_be_read_is_told_and_kept(clinic: Desk, maria: Browser, query: str, told: str):
    """The patients stay chosen; nothing is typed or ticked twice."""
    response = maria.client.get(f"/queue/preview?{query}")
    page = Page(response.text, response)

    assert page.status == (422 if told else 200)
    assert told in page.problem
    if "e=1" in query:
        assert ("e", "1") in page.form("/queue/preview").fields


@pytest.mark.parametrize("items", ["", "1", "1:x", "1:1,1:2", "x:1", "1:1;2:1", ",".join(f"{n}:1" for n in range(1, 502))])
def test_a_form_that_was_tampered_with_changes_nothing(clinic: Desk, maria: Browser, items: str):
    """Whatever a browser sends."""
    before = clinic.stored(but=("access_log", "sessions"))

    page = maria.post("/queue/bulk", token="t" * 32, items=items, do="due", to_due="2026-03-20")

    assert page.status == 422
    assert clinic.stored(but=("access_log", "sessions")) == before


def test_patients_that_do_not_exist_are_no_batch(clinic: Desk, maria: Browser):
    """Where none of them does; nothing is stored."""
    before = clinic.stored(but=("access_log", "sessions"))

    page = maria.post("/queue/bulk", token="t" * 32, items="99999:1", do="due", to_due="2026-03-20")

    assert page.status == 422
    assert "None of these patients is known here." in page.text
    assert clinic.stored(but=("access_log", "sessions")) == before


def test_a_batch_is_taken_back_by_its_maker_or_a_lead(clinic: Desk, maria: Browser):
    """Another coordinator reads the result and no more; a token of somebody else's starts nothing."""
    form = preview(maria, 1, to_due="2026-03-20").form("/queue/bulk", having="token")
    done = maria.submit(form)
    path = done.response.url.path
    dana = clinic.browser("dana")
    clinic.person("lead", "Lea Lead", UserRole.LEAD)

    assert not dana.get(path).all("button", value="undo")
    assert dana.post(f"{path}/again", act="undo").status == 403
    assert dana.post("/queue/bulk", [pair for pair in form.sent() if pair[0] != "csrf"]).status == 404
    assert "1 undone." in clinic.browser("lead").post(f"{path}/again", act="undo").text


def test_after_a_day_a_batch_is_history(clinic: Desk, maria: Browser, clock: Clock):
    """A new change corrects it."""
    done = maria.submit(preview(maria, 1, to_due="2026-03-20").form("/queue/bulk", having="token"))
    clock.later(days=1)
    late = clinic.browser("maria")

    assert not late.get(done.response.url.path).all("button", value="undo")
    assert late.post(f"{done.response.url.path}/again", act="undo").status == 422


def test_every_patient_of_a_batch_stands_in_the_access_log(clinic: Desk, maria: Browser):
    """Who changed whom, by ids."""
    maria.submit(preview(maria, 1, 3, to_due="2026-03-20").form("/queue/bulk", having="token"))

    assert [log[3:5] for log in clinic.stored()["access_log"]][-3:-1] == [("bulk due", "episode 1"), ("bulk due", "episode 3")]


def test_the_way_back_leads_to_the_view_one_came_from(clinic: Desk, maria: Browser):
    """Also through the result page."""
    form = maria.get("/queue", lane="referral", sort="patient").form("/queue/preview")
    response = maria.client.get("/queue/preview", params=[*form.sent("due", to_due="2026-03-20"), ("e", "1")])
    done = maria.submit(Page(response.text, response).form("/queue/bulk", having="token"))

    (back,) = [a.attrs["href"] for a in done.one("main").all("a") if a.text == "Back to the queue"]
    assert dict(parse_qsl(back.partition("?")[2])) == {"lane": "referral", "sort": "patient"}


def test_assigned_to_a_person_it_is_theirs_at_once_and_the_preview_says_so(clinic: Desk, maria: Browser):
    """Not an offer, and one that stood for somebody else is no longer."""
    clinic.person("lee", "Lee Novak")
    maria.submit(
        maria.get("/episodes/1").form("/episodes/1/moves/hand-over"), owner_role="care_coordinator", owner="lee", text="rang twice"
    )

    page = preview(maria, 1, 2, to_owner="dana")
    assert "It is theirs at once: nothing is offered first" in page.text
    maria.submit(page.form("/queue/bulk", having="token"))

    assert [(clinic.episode(number).owner, clinic.episode(number).offer) for number in (1, 2)] == [("dana", None)] * 2
    assert "It is theirs at once" not in preview(maria, 3, to_role="scheduler").text


def test_nobody_who_is_away_is_assigned_anything(clinic: Desk, maria: Browser):
    """The list does not offer them; gone between preview and change, each patient is refused in words."""
    page = preview(maria, 1, 2, to_owner="dana")
    with clinic.database.write() as session:
        users.set_away(session, "dana", TODAY, TODAY + timedelta(days=3), today=TODAY)

    done = maria.submit(page.form("/queue/bulk", having="token"))

    assert outcomes(done) == {"Refused": ["Ana", "Ben"]}
    assert "Dana Whitfield is away until 13 March. Choose somebody else, or the role’s queue." in done.text
    chooser = maria.get("/queue").one("select", name="to_owner")
    assert [option.text for option in chooser.all("option") if "disabled" in option.attrs] == ["Dana Whitfield is away until 13 March"]


def test_undoing_a_batch_gives_nothing_back_to_somebody_who_is_away_by_now(clinic: Desk, maria: Browser):
    """It lies in the role's queue instead."""
    maria.submit(preview(maria, 1, to_owner="dana").form("/queue/bulk", having="token"))
    done = maria.submit(preview(maria, 1, to_owner="maria").form("/queue/bulk", having="token"))
    with clinic.database.write() as session:
        users.set_away(session, "dana", TODAY, TODAY, today=TODAY)

    maria.submit(done.form(f"{done.response.url.path}/again", having="undo"), "undo")

    assert clinic.episode(1).owner is None
