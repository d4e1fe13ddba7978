"""Requests that no page of ours sends: answered in a sentence, nothing stored, never our fault (BAD-INPUT 68, 72, 82, 83)."""

from urllib.parse import urlencode

import pytest

from review_ui.app import LARGEST_BODY
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Page

LOOKED_AT = ("access_log", "viewers", "sessions")
POSTS = ("/suggestions/2/decisions", "/notes/1/accept-all", "/notes/1/missed", "/notes/1/finish", "/notes/1/undo",
         "/episodes/1/moves/log", "/episodes/1/moves/nonsense", "/episodes/1/undo", "/episodes/1/do-not-contact",
         "/episodes/1/may-contact", "/sign-out")  # fmt: skip


def raw(browser: Browser, path: str, content: bytes, kind: str = "application/x-www-form-urlencoded", **headers: str) -> Page:
    """Send these bytes as they are."""
    response = browser.client.post(path, content=content, headers={"Content-Type": kind} | headers, follow_redirects=False)
    return Page(response.text, response)


def is_told(page: Page) -> bool:
    """Whether the refusal is a sentence."""
    return any(len(text.text) > 20 for text in page.one("main").all("p"))


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("character", ["\x00", "\ud83d"])
def test_text_that_cannot_be_stored_is_refused_everywhere(desk: Desk, maria: Browser, path: str, character: str):
    """A zero byte or half a character would be an error of the database on one of the two engines."""
    desk.note()
    before = desk.stored(but=LOOKED_AT)
    fields = [("csrf", maria.csrf), ("version", "1"), ("decision", "accept"), ("text", f"a{character}b"), ("quote", f"No{character} ride")]

    page = raw(maria, path, urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in fields]).encode())

    assert 400 <= page.status < 500 or (character != "\x00" and page.status == 303)  # broken UTF-8 may also be read as the sign for it
    if character == "\x00":
        assert "a character that cannot be stored" in page.text
        assert desk.stored(but=LOOKED_AT) == before


@pytest.mark.parametrize("path", POSTS)
def test_more_than_a_thousand_fields_are_refused(desk: Desk, maria: Browser, path: str):
    """1,001 fields are nobody's form."""
    desk.note()
    before = desk.stored(but=LOOKED_AT)

    page = raw(maria, path, urlencode([("csrf", maria.csrf), *[(f"f{number}", "1") for number in range(1001)]]).encode())

    assert 400 <= page.status < 500
    assert is_told(page)
    assert desk.stored(but=LOOKED_AT) == before


@pytest.mark.parametrize("path", POSTS)
def test_a_body_over_the_cap_is_refused_before_it_is_read(desk: Desk, maria: Browser, path: str):
    """The limit is said, and a stranger gets the same answer as somebody signed in."""
    desk.note()
    for browser in (maria, desk.browser()):
        page = raw(browser, path, b"x=" + b"a" * LARGEST_BODY)
        assert page.status == 413
        assert "At most 512 kB can be sent with a form." in page.text


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "9" * 30, ""])
def test_a_length_that_is_no_number_is_refused(maria: Browser, length: str):
    """A header made up to get around the cap does not."""
    page = raw(maria, "/notes/1/undo", b"csrf=x", **{"Content-Length": length})

    assert page.status == 413


def test_a_body_without_a_length_is_refused(maria: Browser):
    """A body that never ends cannot be sent in pieces either."""

    def pieces():
        yield b"csrf="
        yield b"x" * 10

    response = maria.client.post("/notes/1/undo", content=pieces(), headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert response.status_code == 413


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"", ""),
        (b"{}", "application/json"),
        (b'{"csrf": "x", "decision": "accept"}', "text/plain"),
        (b"\xff\xfe\x00\x00", "application/x-www-form-urlencoded"),
        (b"%%%=%zz&&&===", "application/x-www-form-urlencoded"),
        (b"--x\r\nContent-Disposition: form-data; name=csrf\r\n\r\ny\r\n", "multipart/form-data; boundary=x"),
        (b"nothing like it", "multipart/form-data; boundary=x"),
        (b"nothing like it", "multipart/form-data"),
    ],
)
def test_a_body_that_is_no_form_is_refused(desk: Desk, maria: Browser, path: str, content: bytes, kind: str):
    """JSON, nothing, bytes at random, a multipart without end."""
    desk.note()
    before = desk.stored(but=LOOKED_AT)

    page = raw(maria, path, content, kind)

    assert 400 <= page.status < 500
    assert is_told(page)
    assert desk.stored(but=LOOKED_AT) == before


@pytest.mark.parametrize("path", POSTS)
def test_a_file_where_a_field_belongs_is_refused(desk: Desk, maria: Browser, path: str):
    """No form of ours takes a file."""
    desk.note()
    before = desk.stored(but=LOOKED_AT)
    files = {"text": ("note.html", b"<script>1</script>", "text/html")}

    response = maria.client.post(path, data={"csrf": maria.csrf, "version": "1", "decision": "accept"}, files=files, follow_redirects=False)

    assert response.status_code == 400
    assert "a file where none belongs" in response.text
    assert desk.stored(but=LOOKED_AT) == before


@pytest.mark.parametrize("field", ["text", "csrf2", "decision", "quote", "comment", "owner", "seqs", "label", "version", "seconds", "next"])
@pytest.mark.parametrize("path", ["/suggestions/2/decisions", "/notes/1/missed", "/episodes/1/moves/add-task", "/episodes/1/undo"])
def test_a_field_that_is_far_too_long_is_refused(desk: Desk, maria: Browser, path: str, field: str):
    """Nothing is cut off silently."""
    desk.note()
    before = desk.stored(but=LOOKED_AT)
    fields = {
        "decision": "accept",
        "version": "1",
        "quote": "No ride",
        "label": "blocker:transport",
        "action": "other",
        "owner_role": "clinician",
    }

    page = maria.post(path, **(fields | {field: "9" * 20_001}), follow=False)

    assert page.status == 422
    assert "is longer than 20,000 characters" in page.text
    assert desk.stored(but=LOOKED_AT) == before


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        (
            "/suggestions/2/decisions",
            {"decision": "reject", "reject_reason": "other", "comment": "x" * 501},
            "Comment: at most 500 characters.",
        ),
        ("/notes/1/missed", {"quote": "x" * 2001, "label": "blocker:other"}, "Quote: at most 2000 characters."),
        ("/episodes/1/moves/add-task", {"action": "other", "owner_role": "clinician", "text": "x" * 501}, "Text: at most 500 characters."),
        ("/episodes/1/moves/hand-over", {"owner_role": "clinician", "owner": "x" * 101}, "Owner: at most 100 characters."),
    ],
)
def test_a_field_that_is_longer_than_its_place_says_how_long_it_may_be(
    desk: Desk, maria: Browser, path: str, fields: dict[str, str], said: str
):
    """The page names the field and its limit."""
    desk.note()
    page = maria.post(path, version="1", **fields)

    assert page.status == 422
    assert said in page.text


@pytest.mark.parametrize("version", ["", "0", "-1", "abc", "1.0", "9" * 30, str(2**70), "١", " ", "1; DROP TABLE events"])
@pytest.mark.parametrize(
    "path", ["/suggestions/2/decisions", "/notes/1/accept-all", "/notes/1/missed", "/episodes/1/moves/claim", "/episodes/1/undo"]
)
def test_a_version_that_is_no_number_is_refused(desk: Desk, maria: Browser, path: str, version: str):
    """What was shown must be known before anything is applied."""
    desk.note()
    before = desk.stored(but=LOOKED_AT)

    page = maria.post(path, version=version, decision="accept", quote="No ride", label="blocker:transport", seqs="1")

    assert page.status == 422
    assert "Version: a whole number from 1 to 2147483647 is needed." in page.text
    assert desk.stored(but=LOOKED_AT) == before


@pytest.mark.parametrize("decision", ["", "approve", "ACCEPT", "accept all", "x" * 400])
def test_a_decision_that_does_not_exist_is_refused(desk: Desk, maria: Browser, decision: str):
    """Only the four words are decisions."""
    item = desk.one(desk.note(), "task")
    page = maria.post(f"/suggestions/{item.id}/decisions", decision=decision, version="1")

    assert page.status == 422
    assert "Choose accept, edit, reject, confirm or undo." in page.problem
    assert desk.decisions() == []


@pytest.mark.parametrize("seconds", ["-1", "abc", "nan", "inf", "1e999", "3601", "", "0x10"])
def test_a_time_that_makes_no_sense_is_not_kept(desk: Desk, maria: Browser, seconds: str):
    """A wrong clock in a browser does not spoil the decision, nor the median."""
    item = desk.one(desk.note(), "task")

    assert desk.decide(maria, item, "accept", seconds=seconds).status == 200
    assert desk.decisions()[0].seconds is None


@pytest.mark.parametrize("following", ["-1", "abc", "9" * 30, "//evil.example", "1\r\nSet-Cookie: x=y", "99"])
def test_a_next_note_that_makes_no_sense_leads_nowhere_else(desk: Desk, maria: Browser, following: str):
    """A field that says where to go next never leads off the site, and never fails a decision."""
    item = desk.one(desk.note(), "task")

    page = desk.decide(maria, item, "accept", next=following)
    assert page.status == 200
    assert page.response.url.path == "/review/1"
    assert maria.get("/review/1", next=following, said="1").status == 200


def test_fields_nobody_asked_for_change_nothing(desk: Desk, maria: Browser):
    """A form cannot say who decides, or that it was accepted already."""
    item = desk.one(desk.note(), "task")
    desk.dana()

    desk.decide(maria, item, "reject", reject_reason="other")
    maria.post(f"/suggestions/{desk.one(1, 'blocker').id}/decisions", decision="accept", version="1", reviewer_id="2", standing="edited",
               actor="dana", origin="reviewer", confidence="1")  # fmt: skip

    assert [decision.reviewer_id for decision in desk.decisions()] == [1, 1]
    assert desk.one(1, "blocker").standing == "accepted"


@pytest.mark.parametrize(
    "path",
    [
        "/review",
        "/queue?q=%ff%fe",
        "/queue?q=%00",
        "/queue?after=%ed%a0%80",
        "/review/1?said=%00",
        "/%00",
        "/review/%ff",
        "/?" + "a" * 8000,
    ],
)
def test_addresses_with_broken_text_are_answered(desk: Desk, maria: Browser, path: str):
    """Whatever stands in the address line."""
    desk.note()

    assert maria.client.get(path).status_code in {200, 404}


@pytest.mark.parametrize(
    "header", ["HX-Request", "HX-Target", "Accept", "Accept-Language", "User-Agent", "Referer", "Origin", "X-Forwarded-For"]
)
def test_headers_with_anything_in_them_are_harmless(desk: Desk, maria: Browser, header: str):
    """No header reaches the page."""
    desk.note()
    response = maria.client.get("/review/1", headers={header: "<script>alert(1)</script>" + "x" * 5000})

    assert response.status_code == 200
    assert "alert(1)" not in response.text
