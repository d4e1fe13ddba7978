"""Saved views: a name for an address, one's own or the team's; renaming and deleting can be undone."""

import pytest

from tests.builders import NO_RIDE, a_suggestion
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Page
from tests.review_ui.test_queue_page import names
from workflow.vocabulary import UserRole


@pytest.fixture
def clinic(desk: Desk, maria: Browser) -> Desk:
    """Two patients; the second is blocked and Maria's."""
    desk.patient("p-1", name="Ana")
    desk.patient("p-2", name="Ben")
    desk.note("n-1", patient="p-1", items=[])
    note = desk.note("n-2", patient="p-2", items=[a_suggestion(NO_RIDE, "No ride")])
    desk.decide(maria, desk.one(note, "blocker"), "accept")
    maria.submit(maria.get("/episodes/2").form("/episodes/2/moves/claim"))
    desk.person("lead", "Lea Lead", UserRole.LEAD)
    return desk


def save(browser: Browser, name: str, *, shared: bool = False, **query: str) -> Page:
    form = browser.get("/queue", **query).form("/queue/views")
    return browser.post("/queue/views", [*form.sent(name=name), *([("shared", "1")] if shared else [])])


def saved(page: Page) -> dict[str, str]:
    """The saved views of a page with where they lead."""
    links = page.one("nav", class_="views").all("a", class_="btn")
    return {link.text.partition(" · ")[0]: link.attrs["href"] for link in links}


def act(browser: Browser, view: int, what: str, **values: str) -> Page:
    """Press a button of the list of views."""
    return browser.submit(browser.get("/queue?all=1").form(f"/queue/views/{view}", having=what), what, **values)


def test_a_saved_view_is_a_link_to_what_was_shown(clinic: Desk, maria: Browser):
    """Filters, order and search; never the page or the day one was on."""
    page = save(maria, "Blocked ones", blocked="1", sort="patient", q="b", as_of="2026-03-09")

    assert "View saved." in page.text
    assert saved(page) == {"Blocked ones": "/queue?q=b&sort=patient&blocked=1"}
    opened = maria.get(saved(page)["Blocked ones"])
    assert names(opened) == ["Ben"]
    (link,) = [a for a in opened.one("nav", class_="views").all("a") if a.attrs.get("aria-current")]
    assert link.text == "Blocked ones"


def test_mine_in_a_shared_view_is_everybodys_own(clinic: Desk, maria: Browser):
    """The team shares one link, and each sees their own patients."""
    (mine,) = [a.attrs["href"] for a in maria.get("/queue").all("a") if a.text == "Mine 1"]
    assert names(maria.get(mine)) == ["Ben"]
    page = save(maria, "My day", shared=True, owner="@me")
    dana = clinic.dana()

    assert names(maria.get(saved(page)["My day"])) == ["Ben"]
    assert names(dana.get(saved(dana.get("/queue"))["My day"])) == []


def test_only_shared_views_are_seen_by_others(clinic: Desk, maria: Browser):
    """Somebody's own view is nobody else's, and cannot be changed by its number either."""
    save(maria, "Mine alone", blocked="1")
    save(maria, "For all", shared=True, overdue="1")
    dana = clinic.dana()

    assert set(saved(maria.get("/queue"))) == {"Mine alone", "For all"}
    assert set(saved(dana.get("/queue"))) == {"For all"}
    for view in ("1", "99"):
        for what in ("delete", "rename", "share", "default", "undo"):
            assert dana.post(f"/queue/views/{view}", act=what, name="x").status == 404
    assert set(saved(maria.get("/queue"))) == {"Mine alone", "For all"}


def test_a_shared_view_is_changed_by_its_maker_or_a_lead(clinic: Desk, maria: Browser):
    """A colleague opens it and no more."""
    save(maria, "For all", shared=True)
    dana, lead = clinic.dana(), clinic.browser("lead")

    assert not dana.get("/queue").all("button", value="rename")
    assert dana.post("/queue/views/1", act="rename", name="Hers").status == 404
    assert dana.post("/queue/views/1", act="delete").status == 404
    assert set(saved(act(lead, 1, "rename", name="For everybody"))) == {"For everybody"}
    assert lead.post("/queue/views/1", act="unshare").status == 404  # it would be gone for everybody but its maker
    act(maria, 1, "unshare")
    act(maria, 1, "share")
    assert lead.post("/queue/views/1", act="undo").status == 404  # so it would by undoing its sharing
    assert set(saved(act(maria, 1, "rename", name="For all of us"))) == {"For all of us"}


@pytest.mark.parametrize(
    ("what", "values", "then"),
    [("rename", {"name": "Other"}, {"Other"}), ("delete", {}, set()), ("share", {}, {"A view"}), ("set", {}, {"A view"})],
)
def test_every_change_of_a_view_can_be_undone(clinic: Desk, maria: Browser, what: str, values: dict[str, str], then: set[str]):
    """From the line that says what was done."""
    before = saved(save(maria, "A view", blocked="1"))

    page = act(maria, 1, what, **values)
    assert set(saved(page)) == then
    undone = maria.submit(Page(page.html, page.response).form("/queue/views/1", having="undo"), "undo")

    assert "Undone." in undone.text
    assert saved(undone) == before
    assert clinic.stored()["saved_views"][0][4] == 0


def test_a_default_view_opens_first_and_everybody_is_one_link_away(clinic: Desk, maria: Browser):
    """The page opens as each person works."""
    save(maria, "Blocked ones", shared=True, blocked="1")
    act(maria, 1, "default")
    dana = clinic.dana()

    assert names(maria.get("/queue")) == ["Ben"]
    assert len(names(dana.get("/queue"))) == 2
    (everyone,) = [a.attrs["href"] for a in maria.get("/queue").one("div", class_="bar").all("a") if a.text.startswith("Everyone")]
    assert len(names(maria.get(everyone))) == 2
    assert len(names(maria.get("/queue", q="n"))) == 2
    act(maria, 1, "no-default")
    assert len(names(maria.get("/queue"))) == 2


def test_a_default_view_that_was_deleted_opens_nothing(clinic: Desk, maria: Browser):
    """Deleted by its maker, it is gone for everybody's start, too."""
    save(maria, "Blocked ones", shared=True, blocked="1")
    dana = clinic.dana()
    act(dana, 1, "default")
    act(maria, 1, "delete")

    assert len(names(dana.get("/queue"))) == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "TAKEN"])
def test_a_name_that_cannot_be_is_told_and_kept(clinic: Desk, maria: Browser, name: str):
    """What was typed stands in the form again."""
    save(maria, "Taken", blocked="1")

    page = save(maria, name, overdue="1")

    assert page.status in {409, 422}
    assert page.problem
    assert page.form("/queue/views").fields[2] == ("name", name)
    assert list(saved(page)) == ["Taken"]


def test_a_deleted_view_whose_name_was_taken_stays_deleted(clinic: Desk, maria: Browser):
    """Two views of one name would be one too many."""
    save(maria, "A view", blocked="1")
    act(maria, 1, "delete")
    save(maria, "A view", overdue="1")

    page = maria.post("/queue/views/1", act="undo")

    assert page.status == 409
    assert len(saved(page)) == 1


def test_hostile_queries_are_saved_as_we_write_them(clinic: Desk, maria: Browser):
    """An address of elsewhere, a script, a parameter of no view: none of it comes back."""
    page = maria.post("/queue/views", name="x", query="//evil.example/?lane=referral&onload=x&q=%3Cscript%3E&next=//evil")

    assert saved(page)["x"] in {"/queue?q=%3Cscript%3E", "/queue?lane=referral&q=%3Cscript%3E"}
