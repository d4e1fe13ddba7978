"""What holds on every address: who may, that looking changes nothing, that only our own forms are believed, and the headers."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text
from starlette.routing import BaseRoute, Mount

from store import batches, digests, drafts, meetings, pattern_search, users
from tests.builders import a_digest
from tests.drafts import A_DRAFT
from tests.review_ui.desk import Browser, Desk
from workflow.agenda import Agenda
from workflow.bulk import SetStatus
from workflow.vocabulary import Status, UserRole

ANYBODY, SIGNED_IN, LEADS = "anybody", "signed in", "leads and maintainers"

WHO_MAY = {
    "GET /": ANYBODY,  # sends on to the review, which asks who it is
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "POST /sign-out": SIGNED_IN,
    "GET /review": SIGNED_IN,
    "GET /review/all": SIGNED_IN,
    "GET /review/{note_id}": SIGNED_IN,
    "GET /review/{note_id}/sent": LEADS,
    "GET /keys": SIGNED_IN,
    "POST /suggestions/{suggestion_id}/decisions": SIGNED_IN,
    "POST /notes/{note_id}/accept-all": SIGNED_IN,
    "POST /notes/{note_id}/missed": SIGNED_IN,
    "POST /notes/{note_id}/finish": SIGNED_IN,
    "POST /notes/{note_id}/undo": SIGNED_IN,
    "GET /queue": SIGNED_IN,
    "GET /queue.csv": SIGNED_IN,
    "GET /api/v1/queue": SIGNED_IN,
    "POST /queue/views": SIGNED_IN,
    "POST /queue/views/{view_id}": SIGNED_IN,
    "GET /queue/preview": SIGNED_IN,
    "POST /queue/bulk": SIGNED_IN,
    "GET /queue/bulk/{batch_id}": SIGNED_IN,
    "POST /queue/bulk/{batch_id}/again": SIGNED_IN,
    "GET /episodes/{episode_id}": SIGNED_IN,
    "GET /outreach": SIGNED_IN,
    "GET /outreach/measures": SIGNED_IN,
    "GET /outreach/{draft_id}": SIGNED_IN,
    "GET /outreach/{draft_id}/print": SIGNED_IN,
    "POST /outreach/{draft_id}/checks": SIGNED_IN,
    "POST /outreach/{draft_id}/text": SIGNED_IN,
    "POST /outreach/{draft_id}/approve": SIGNED_IN,
    "POST /outreach/{draft_id}/reject": SIGNED_IN,
    "POST /outreach/{draft_id}/undo": SIGNED_IN,
    "POST /outreach/{draft_id}/anew": SIGNED_IN,
    "POST /outreach/{draft_id}/outcome": SIGNED_IN,
    "POST /outreach/{draft_id}/settle": SIGNED_IN,
    "POST /episodes/{episode_id}/draft": SIGNED_IN,
    "GET /reports": SIGNED_IN,
    "GET /reports/{report}.csv": SIGNED_IN,
    "GET /reports/{report}/patients": SIGNED_IN,
    "GET /patterns": SIGNED_IN,
    "GET /patterns/{pattern_id}": SIGNED_IN,
    "POST /patterns/{pattern_id}/decisions": LEADS,
    "GET /api/v1/patterns": SIGNED_IN,
    "GET /changes": SIGNED_IN,
    "POST /changes": LEADS,
    "GET /changes/{digest_id}": SIGNED_IN,
    "GET /changes/{digest_id}/edit": LEADS,
    "POST /changes/{digest_id}/edit": LEADS,
    "POST /changes/{digest_id}/publish": LEADS,
    "POST /changes/{digest_id}/withdraw": LEADS,
    "POST /changes/{digest_id}/mails": LEADS,
    "POST /changes/schedule": LEADS,
    "GET /changes/{digest_id}/sentences/{number}": SIGNED_IN,
    "GET /api/v1/digests/{digest_id}": SIGNED_IN,
    "GET /lanes/rehearse": LEADS,
    "POST /lanes/rehearse": LEADS,
    "POST /episodes/{episode_id}/moves/{name}": SIGNED_IN,
    "POST /episodes/{episode_id}/undo": SIGNED_IN,
    "GET /agenda": SIGNED_IN,
    "POST /agenda/meetings": LEADS,
    "GET /agenda/meetings/{meeting_id}": SIGNED_IN,
    "GET /agenda/meetings/{meeting_id}/minutes": SIGNED_IN,
    "GET /agenda/meetings/{meeting_id}/lines": SIGNED_IN,
    "POST /agenda/meetings/{meeting_id}/episodes/{episode_id}/note": LEADS,
    "POST /agenda/meetings/{meeting_id}/episodes/{episode_id}/task": LEADS,
    "POST /agenda/meetings/{meeting_id}/end": LEADS,
    "GET /monthly": SIGNED_IN,
    "GET /self-check": SIGNED_IN,
    "GET /episodes/{episode_id}/log": SIGNED_IN,
    "GET /episodes/{episode_id}/close": SIGNED_IN,
    "POST /episodes/{episode_id}/do-not-contact": SIGNED_IN,
    "POST /episodes/{episode_id}/may-contact": SIGNED_IN,
    "GET /account": SIGNED_IN,
    "POST /account/address": SIGNED_IN,
    "POST /account/away": SIGNED_IN,
    "POST /queue/{episode_id}/claim": SIGNED_IN,
    "GET /api/v1/episodes/{episode_id}/context": SIGNED_IN,
    "GET /api/v1/episodes/{episode_id}/owner": SIGNED_IN,
    "POST /api/v1/episodes/{episode_id}/owner": SIGNED_IN,
    "POST /api/v1/callbacks/sms": ANYBODY,  # no session: the provider signs what it tells
}
"""Every route of ours and who may use it. A route that is not here fails the suite: decide who may, then write it down."""

STATIC = ("/static/app.css", "/static/tokens.css", "/static/icon.svg", "/static/js/main.js", "/htmx/htmx.min.js")
MOUNTS = {"/static", "/htmx"}
LOOKING = ("access_log", "sessions", "viewers")
"""What a GET may write: that it was looked at, that the session is in use, who has the note open."""


def routes_of(routes: list[BaseRoute]) -> Iterator[APIRoute | BaseRoute]:
    """All routes, also those of included routers."""
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        if inner is not None and not isinstance(route, APIRoute | Mount):
            yield from routes_of(inner)
        else:
            yield route


def at(route: str, *, note: int = 1, suggestion: int = 1, episode: int = 1) -> tuple[str, str]:
    """Method and address of a route on the desk's first note."""
    method, path = route.replace("/queue/preview", "/queue/preview?e=1").split()
    others = {
        "digest_id": 1 if method == "GET" and not path.endswith("/edit") else 2,
        "number": 1,
        "draft_id": 1,
        "meeting_id": 1,
        "view_id": 1,
        "batch_id": 1,
        "name": "claim",
        "report": "aging",
        "pattern_id": 1,
    }
    return method, path.format(note_id=note, suggestion_id=suggestion, episode_id=episode, **others)


API = [route for route in WHO_MAY if "/api/" in route]
GETS = [route for route in WHO_MAY if route.startswith("GET")]
POSTS = [route for route in WHO_MAY if route.startswith("POST")]
GUARDED_POSTS = [route for route in POSTS if WHO_MAY[route] is not ANYBODY]


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk at which a meeting is under way, a pattern was found, one digest is published and another a draft, and a draft is prepared for
    the first note's episode."""
    add = desk.note

    def note(*given: Any, **named: Any) -> int:
        number = add(*given, **named)
        with desk.database.write() as session:
            drafts.save(session, A_DRAFT, now=desk.clock())
        return number

    desk.note = note  # type: ignore[method-assign]
    with desk.database.write() as session:
        maria = users.by_username(session, "maria")
        meetings.open_meeting(session, None, Agenda(), user_id=maria.id, now=desk.clock())
        found = pattern_search.Found(None, {}, desk.clock().date(), "transport", "Transport: no ride", "embedded:1")
        pattern_search.save_search(session, [found], after=0, items=0, week=desk.clock().date(), now=desk.clock())
        for _ in range(2):
            digests.prepare(session, a_digest(), now=desk.clock())
        digests.publish(session, 1, number=1, user_id=maria.id, now=desk.clock())
    return desk


def test_every_route_is_declared(desk: Desk):
    """Default deny: a new address without a rule of who may use it does not ship."""
    found = set()
    for route in routes_of(desk.app.routes):
        if isinstance(route, APIRoute):
            found |= {f"{method} {route.path}" for method in route.methods}
        else:
            assert isinstance(route, Mount), f"{route} is neither a route nor static files"
            assert route.path in MOUNTS

    assert found == set(WHO_MAY)


@pytest.mark.parametrize("route", [route for route in GETS if WHO_MAY[route] is not ANYBODY and route not in API])
def test_a_stranger_is_sent_to_the_sign_in_page(desk: Desk, route: str):
    """A page with patients in it shows nothing to somebody who is not signed in."""
    desk.note()
    stranger = desk.browser()

    response = stranger.client.get(at(route)[1], follow_redirects=False)

    expected = (401, None) if "/api/" in route else (303, "/sign-in")
    assert (response.status_code, response.headers.get("location")) == expected
    assert "Rosa" not in response.text


@pytest.mark.parametrize("route", GUARDED_POSTS)
@pytest.mark.parametrize("htmx", [False, True])
def test_a_stranger_changes_nothing(desk: Desk, route: str, htmx: bool):
    """Nobody decides, moves or undoes without signing in, with whatever token."""
    desk.note()
    before = desk.stored()
    stranger = desk.browser()

    page = stranger.post(at(route)[1], htmx=htmx, follow=False, csrf=desk.maria.csrf, version="1", decision="accept")

    assert page.status == (401 if htmx or "/api/" in route else 303)
    assert desk.stored() == before


@pytest.mark.parametrize("role", list(UserRole))
@pytest.mark.parametrize("route", [route for route in GETS if route != "GET /"])
def test_every_signed_in_role_sees_every_page(desk: Desk, route: str, role: UserRole):
    """Coordinators, leads and maintainers share one desk, but for what is kept from coordinators."""
    desk.note()
    batches.start(desk.database, "t" * 32, SetStatus(status=Status.SCHEDULED), "", [(1, 1)], user_id=1, now=desk.clock())
    desk.person("someone", "Some One", role)

    expected = 403 if WHO_MAY[route] is LEADS and role is UserRole.COORDINATOR else 200
    assert desk.browser("someone").get(at(route)[1]).status == expected


@pytest.mark.parametrize(
    "path", ["/review/{}", "/episodes/{}", "/outreach/{}", "/suggestions/{}/decisions", "/notes/{}/undo", "/outreach/{}/undo"]
)
@pytest.mark.parametrize("number", ["7", "0", "-1", "abc", str(2**31), str(2**63), str(2**70), "1.5", "1e3", "%00", "١"])
def test_an_address_that_names_nothing_is_not_found(desk: Desk, maria: Browser, path: str, number: str):
    """Whatever stands where an id belongs, the answer is the same sentence as for one that does not exist."""
    desk.note()
    address = path.format(number)
    page = maria.post(address, decision="undo", version="1") if path.endswith(("undo", "decisions")) else maria.get(address)

    assert page.status == 404
    assert page.one("main").text.startswith("Not here")


@pytest.mark.parametrize("route", GETS)
def test_looking_changes_nothing(desk: Desk, maria: Browser, route: str):
    """GET is safe: a link in an e-mail, a prefetch or a reload decides nothing."""
    desk.note()
    before = desk.stored(but=LOOKING)
    desk.clock.later(minutes=5)

    for _ in range(2):
        maria.get(at(route)[1])
        maria.get(at(route)[1], said="1", decision="accept", version="1", csrf=maria.csrf)

    assert desk.stored(but=LOOKING) == before


@pytest.mark.parametrize("route", [route for route in GUARDED_POSTS if route.replace("POST", "GET") not in WHO_MAY])
def test_a_guarded_address_takes_no_get(desk: Desk, maria: Browser, route: str):
    """What changes something is never a link."""
    assert maria.get(at(route)[1]).status in {404, 405}


def forged(desk: Desk) -> dict[str, dict[str, str | dict[str, str]]]:
    """Ways in which a post can come from somewhere else than our own page."""
    other = desk.dana()
    good = desk.maria.csrf
    return {
        "no token": {"csrf": ""},
        "another session's token": {"csrf": other.csrf},
        "a made-up token": {"csrf": "0" * 64},
        "a token cut short": {"csrf": good[:-1]},
        "a token with letters from elsewhere": {"csrf": good[:-1] + "é"},
        "a cross-site request": {"csrf": good, "Sec-Fetch-Site": "cross-site"},
        "a same-site request": {"csrf": good, "Sec-Fetch-Site": "same-site"},
    }


@pytest.mark.parametrize("route", GUARDED_POSTS)
def test_a_form_that_our_own_page_did_not_send_is_refused(desk: Desk, maria: Browser, route: str):
    """Another site cannot make a signed-in browser decide."""
    note = desk.note()
    shown = ",".join(str(item.id) for item in desk.on(note))
    ways = forged(desk)
    before = desk.stored(but=("sessions",))

    for way, given in ways.items():
        headers = {"Sec-Fetch-Site": str(given["Sec-Fetch-Site"])} if "Sec-Fetch-Site" in given else {}
        fields = {"csrf": given["csrf"], "version": "1", "decision": "accept", "shown": shown, "seqs": "1"}
        response = maria.client.post(at(route)[1], data=fields, headers=headers, follow_redirects=False)
        assert response.status_code == 403, way

    missing = maria.client.post(at(route)[1], data={"version": "1", "decision": "accept"}, follow_redirects=False)
    assert missing.status_code == 403
    assert desk.stored(but=("sessions",)) == before


def test_signing_in_needs_a_form_of_ours_too(desk: Desk):
    """A page elsewhere cannot sign a browser in as somebody else."""
    desk.person("lee", "Lee Novak", password="correct horse battery")
    stranger = desk.browser()
    fields = {"username": "lee", "password": "correct horse battery"}

    assert stranger.client.post("/sign-in", data=fields, follow_redirects=False).status_code == 403

    token = stranger.get("/sign-in").form("/sign-in").fields[0][1]
    for headers, csrf in (({}, ""), ({}, "0" * 64), ({"Sec-Fetch-Site": "cross-site"}, token)):
        answer = stranger.client.post("/sign-in", data=fields | {"csrf": csrf}, headers=headers, follow_redirects=False)
        assert answer.status_code == 403
    assert "session" not in stranger.client.cookies


def assert_guarded(headers: dict[str, str], path: str) -> None:
    """All the headers that keep a page to itself."""
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'", path
    assert policy["script-src"] == "'self'", path
    assert policy["style-src"] == "'self'", path
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'", path
    assert policy["form-action"] == "'self'", path
    assert "unsafe" not in headers["content-security-policy"], path
    assert headers["x-content-type-options"] == "nosniff", path
    assert headers["referrer-policy"] in {"same-origin", "no-referrer"}, path
    assert headers["x-frame-options"] == "DENY", path
    assert headers["cross-origin-opener-policy"] == "same-origin", path
    expected = "private, max-age=3600" if path.startswith(("/static", "/htmx")) else "no-store"
    assert headers["cache-control"] == expected, path


def test_every_answer_carries_the_headers(desk: Desk, maria: Browser):
    """Pages, fragments, redirects, refusals, static files and pages that do not exist alike."""
    desk.note()
    stranger = desk.browser()

    for browser in (maria, stranger):
        for route in WHO_MAY:
            method, path = at(route)
            for htmx in ({}, {"HX-Request": "true"}):
                response = browser.client.request(method, path, headers=htmx, follow_redirects=False)
                assert_guarded(response.headers, path)
        for path in (*STATIC, "/nothing", "/static/nothing.css", "/review/abc", "/review/99", "/static/"):
            assert_guarded(browser.client.get(path, follow_redirects=False).headers, path)
        assert_guarded(browser.client.put("/review", follow_redirects=False).headers, "/review")
        assert_guarded(browser.client.post("/sign-in", content=b"x" * 600_000).headers, "/sign-in")


def test_an_error_of_ours_carries_the_headers_and_shows_no_insides(desk: Desk, maria: Browser):
    """When something breaks, the page says so in words, keeps the headers, and holds nothing of what broke."""
    desk.note()
    with desk.database.write() as session:
        session.execute(text("DROP TABLE viewers"))

    for htmx in (False, True):
        page = maria.get("/review/1", htmx=htmx)
        assert page.status == 500
        assert "Something went wrong on our side" in page.text
        assert not any(word in page.html for word in ("Rosa", "Traceback", "viewers", "sqlite"))
        assert_guarded(page.response.headers, "/review/1")


def test_static_files_are_there_and_nothing_else_is(desk: Desk):
    """The pages' own files can be fetched without signing in; files of the program cannot."""
    stranger = desk.browser()

    assert all(stranger.client.get(path).status_code == 200 for path in STATIC)
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/htmx/../django.py", "/static/js/", "/htmx/"):
        assert stranger.client.get(path, follow_redirects=False).status_code in {404, 405}


def test_a_desk_that_is_asked_for_something_else_says_so(maria: Browser):
    """A page that does not exist and a request that no page takes are answered in a sentence."""
    assert "There is no such page." in maria.get("/nothing/now").text
    assert "takes no such request" in maria.client.put("/review").text
