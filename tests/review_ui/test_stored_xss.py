"""What comes from outside is text on every page, whatever it looks like (S8)."""

from collections import Counter

import pytest

from tests.review_ui.desk import Browser, Desk
from tests.review_ui.hostile import plant
from tests.review_ui.html import Page
from tests.review_ui.payloads import PAYLOADS

HARMLESS = "Plain words"
FOREIGN = frozenset({"iframe", "object", "embed", "base", "style", "img", "video", "audio", "math", "marquee", "xss", "x"})


def shape(page: Page) -> Counter[tuple[str, tuple[str, ...]]]:
    """Which elements with which attributes the page is made of."""
    return Counter((each.tag, tuple(sorted(each.attrs))) for each in page.walk())


def test_there_are_enough_of_them():
    """S8 asks for 60."""
    assert len(set(PAYLOADS)) >= 60


def assert_only_ours(page: Page, path: str) -> None:
    """No handler, no style, no foreign element, no address that does not begin with ours."""
    assert page.status == 200, path
    for each in page.walk():
        assert not any(name.startswith(("on", "hx-on")) or name == "style" for name in each.attrs), (path, each.attrs)
        assert each.tag not in FOREIGN, path
        for name in ("href", "src", "action", "hx-post", "hx-get"):
            assert each.attrs.get(name, "/").startswith(("/", "#")), (path, each.attrs)
        assert each.tag != "script" or (each.attrs["src"].startswith("/") and not each.raw_text), path


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_adds_nothing_to_any_page(desk: Desk, maria: Browser, payload: str):
    """With a payload in every field the pages have the elements and attributes of pages with plain words, decided or not."""
    with desk.database.write() as session:
        plain = plant(session, [HARMLESS, f"{HARMLESS} too"], username="a")
        hostile = plant(session, [payload, f"{payload} too"], username="b")

    for one, other in zip(plain, hostile, strict=True):
        for path, ids in (("/review/{}?said=1", (one, other)), ("/episodes/{}", (desk.episode_of(one), desk.episode_of(other)))):
            ours, theirs = (maria.get(path.format(number)) for number in ids)
            assert_only_ours(theirs, path)
            differing = shape(ours) - shape(theirs) + (shape(theirs) - shape(ours))
            assert {tag for tag, _ in differing} <= {"a", "input", "main"}, (path, differing)  # where in the list one stands
    everywhere = dict.fromkeys(("q", "owner", "lane", "status", "after", "sort"), payload)
    for path, query in (("/review/all", {}), ("/queue", {}), ("/queue", everywhere), ("/keys", everywhere)):
        assert_only_ours(maria.get(path, **query), path)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_form_repeats_is_text_too(desk: Desk, maria: Browser, payload: str):
    """Refusals that quote what was sent, the sign-in name, a search."""
    desk.note(items=[])
    stranger = desk.browser()
    pages = [
        maria.post("/notes/1/missed", quote=payload, label=payload, version="1", start=payload, due=payload),
        maria.post("/notes/1/missed", htmx=True, quote=payload, label="blocker:other", version="1"),
        maria.post("/episodes/1/moves/add-task", action=payload, owner_role=payload, text=payload, version="1"),
        maria.post("/suggestions/1/decisions", decision=payload, version=payload),
        stranger.submit(stranger.get("/sign-in").form("/sign-in"), username=payload[:100], password="x" * 12),
        maria.get("/queue", q=payload),
    ]
    for page in pages:
        assert 200 <= page.status < 500
        assert not any(name.startswith("on") or name == "style" for each in page.walk() for name in each.attrs)
        assert not {each.tag for each in page.walk()} & FOREIGN
        assert all(each.attrs.get("src", "/").startswith("/") for each in page.all("script"))
