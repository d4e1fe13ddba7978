"""Signing in and out: who gets in, and when a session ends."""

from collections.abc import Callable

import pytest

from store import users
from store.users import TRIES
from tests.review_ui.desk import PASSWORD, Browser, Clock, Desk
from tests.review_ui.html import Page
from workflow.vocabulary import UserRole


@pytest.fixture
def lee(desk: Desk) -> Browser:
    """A browser of Lee, who has a password and is not signed in yet."""
    desk.person("lee", "Lee Novak", UserRole.LEAD, PASSWORD)
    return desk.browser()


def sign_in(browser: Browser, username: str = "lee", password: str = PASSWORD, *, follow: bool = True) -> Page:
    """Fill in the form and send it."""
    form = browser.get("/sign-in").form("/sign-in")
    return browser.submit(form, username=username, password=password, follow=follow)


def is_in(browser: Browser) -> bool:
    """Whether this browser's session still opens a page."""
    return browser.client.get("/keys", follow_redirects=False).status_code == 200


def cookies_of(page: Page) -> dict[str, str]:
    """What was set, by name, as the header says it."""
    return {line.partition("=")[0]: line for line in page.response.headers.get_list("set-cookie")}


def test_the_right_password_opens_the_review_page(desk: Desk, lee: Browser):
    """A coordinator's day begins where the work waits."""
    page = sign_in(lee)

    assert page.status == 200
    assert page.response.url.path == "/review"
    assert "Lee Novak" in page.text


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(desk: Desk, lee: Browser):
    """Nobody learns from the sign-in page who works here."""
    wrong = sign_in(lee, "lee", "not the password")
    unknown = sign_in(lee, "nobody-here", "not the password")

    assert wrong.status == unknown.status == 401
    assert wrong.html.replace("lee", "X") == unknown.html.replace("nobody-here", "X")
    assert wrong.problem == "Name or password is wrong."
    assert not is_in(lee)


def test_what_was_typed_as_the_name_stays_and_the_password_does_not(lee: Browser):
    """Retyping one field is enough; a password never comes back in a page."""
    page = sign_in(lee, "lee", "not the password")

    assert page.one("input", name="username").attrs["value"] == "lee"
    assert "not the password" not in page.html


def test_an_account_that_is_switched_off_gets_the_same_answer(desk: Desk, lee: Browser):
    """Ex-staff learn nothing either."""
    with desk.database.write() as session:
        users.switch_off(session, "lee")

    assert (sign_in(lee).status, is_in(lee)) == (401, False)


def test_an_account_without_a_password_cannot_sign_in(desk: Desk):
    """An empty hash matches no password, not even an empty one."""
    browser = desk.browser()

    assert sign_in(browser, "maria", "").status == 401
    assert sign_in(browser, "maria", "anything at all").status == 401


@pytest.mark.parametrize("username", ["lee", "nobody-here"])
def test_guessing_is_slowed_down_after_some_tries(desk: Desk, lee: Browser, clock: Clock, username: str):
    """The same for names that exist and names that do not; the right password waits as well, and then works."""
    for _ in range(TRIES):
        assert sign_in(lee, username, "a wrong password").status == 401

    page = sign_in(lee, username)

    assert page.status == 429
    assert "Try again in 30 minutes" in page.text
    clock.later(minutes=31)
    assert sign_in(lee).status == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites(lee: Browser):
    """HttpOnly, SameSite, the whole host's and nobody else's; and it ends with the browser."""
    cookie = cookies_of(sign_in(lee, follow=False))["session"].lower()

    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "domain=" not in cookie
    assert "max-age" not in cookie


def test_over_https_the_cookie_is_bound_to_the_host(new_desk: Callable[..., Desk]):
    """`__Host-` keeps a sibling domain from setting it; Secure keeps it off plain HTTP."""
    desk = new_desk(secure_cookies=True)
    desk.person("lee", "Lee Novak", password=PASSWORD)
    browser = desk.browser(secure=True)

    page = sign_in(browser, follow=False)

    cookie = cookies_of(page)["__Host-session"].lower()
    assert "secure" in cookie
    assert "httponly" in cookie
    assert is_in(browser)
    assert all("secure" in each.lower() for each in cookies_of(browser.get("/sign-in")).values())


def test_the_token_is_long_random_and_stored_only_as_a_hash(desk: Desk, lee: Browser):
    """Who reads the database cannot sign in with what stands there."""
    sign_in(lee)
    token = lee.client.cookies["session"]
    sign_in(other := desk.browser())

    assert len(token) >= 43
    assert token != other.client.cookies["session"]
    assert token not in str(desk.stored())


def test_signing_in_makes_a_new_session_whatever_the_browser_sent(desk: Desk, lee: Browser):
    """A session somebody planted in the browser beforehand opens nothing afterwards."""
    lee.client.cookies.set("session", "planted-by-somebody")
    form = lee.get("/sign-in").form("/sign-in")
    answer = lee.submit(form, username="lee", password=PASSWORD, follow=False)

    assert cookies_of(answer)["session"].split(";")[0] != "session=planted-by-somebody"
    thief = desk.browser()
    thief.client.cookies.set("session", "planted-by-somebody")
    assert not is_in(thief)


def test_signing_out_ends_the_session_for_good(desk: Desk, maria: Browser):
    """A cookie that was copied before signing out is dead after it."""
    copied = Browser(desk.browser().client, maria.token)
    assert is_in(copied)

    page = maria.submit(maria.get("/keys").form("/sign-out"), follow=False)

    assert page.response.headers["location"] == "/sign-in"
    assert 'session=""' in cookies_of(page)["session"]
    assert not is_in(copied)


def test_signing_out_leaves_other_browsers_of_the_person_alone(desk: Desk, maria: Browser):
    """The desk at work stays open when the tablet signs out."""
    tablet = desk.browser("maria")

    tablet.submit(tablet.get("/keys").form("/sign-out"))

    assert (is_in(tablet), is_in(maria)) == (False, True)


def test_fifteen_idle_minutes_end_the_session(desk: Desk, maria: Browser, clock: Clock):
    """A desk somebody walked away from closes itself."""
    clock.later(minutes=14)
    assert is_in(maria)
    clock.later(minutes=14)
    assert is_in(maria)
    clock.later(minutes=16)
    assert not is_in(maria)
    clock.later(minutes=-16)


def test_eight_hours_end_the_session_however_busy(desk: Desk, maria: Browser, clock: Clock):
    """Nobody stays signed in from one shift to the next."""
    for _ in range(8 * 6):
        assert is_in(maria)
        clock.later(minutes=10)

    clock.later(minutes=1)

    assert not is_in(maria)


def test_switching_an_account_off_ends_its_sessions_at_once(desk: Desk, maria: Browser):
    """Ex-staff lose the page they had open with the next request."""
    note = desk.note()
    page = maria.get(f"/review/{note}")
    with desk.database.write() as session:
        users.switch_off(session, "maria")

    answer = maria.submit(desk.form(maria, desk.one(note, "task"), "accept", page), follow=False)

    assert (answer.status, answer.response.headers["location"]) == (303, "/sign-in")
    assert desk.decisions() == []


@pytest.mark.parametrize("cookie", ["", "x", "é" * 40, "a" * 60_000, "../../etc/passwd", "'; DROP TABLE sessions; --"])
def test_a_cookie_that_means_nothing_is_nobody(desk: Desk, cookie: str):
    """Whatever stands in the cookie, the answer is the sign-in page."""
    response = desk.browser().client.get("/review", headers={"Cookie": f"session={cookie}".encode()}, follow_redirects=False)

    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")


def test_sign_ins_and_refusals_are_in_the_access_log(desk: Desk, lee: Browser):
    """Who came in, who was refused, who left; and no password or unknown name stands there."""
    sign_in(lee, "lee", "hunter2 hunter2")
    sign_in(lee)
    lee.token = lee.client.cookies["session"]
    lee.submit(lee.get("/keys").form("/sign-out"))

    log = desk.stored()["access_log"]
    assert [row[3] for row in log] == ["sign in refused", "sign in", "sign out"]
    assert "hunter2" not in str(log)


def test_the_demo_signs_its_coordinator_in(new_desk: Callable[..., Desk]):
    """A newcomer looks around without an account, and the page says that it is a demonstration."""
    desk = new_desk(demo_user="maria")
    visitor = desk.browser()

    page = visitor.get("/review")

    assert page.status == 200
    assert "Maria Lopez" in page.text
    assert "invented patients" in page.text


@pytest.mark.parametrize(
    ("field", "value"), [("username", "x" * 101), ("password", "x" * 20_001), ("username", "a\x00b"), ("password", "\x00")]
)
def test_fields_nobody_types_are_refused_in_a_sentence(lee: Browser, field: str, value: str):
    """Too long or unstorable: said, and not hashed."""
    page = lee.submit(lee.get("/sign-in").form("/sign-in"), **({"username": "lee", "password": PASSWORD} | {field: value}))

    assert page.status == 422
    assert "characters" in page.text or "character that cannot be stored" in page.text
