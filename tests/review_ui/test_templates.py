"""The templates as files: what a note or a name says can only ever be text."""

import re
from pathlib import Path

import jinja2
import pytest

import review_ui
from review_ui.rendering import _templates

FOLDER = Path(review_ui.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").rglob("*.*"))
MODULES = sorted((FOLDER / "static" / "js").glob("*.js"))


def ids(path: Path) -> str:
    return path.name


def source(path: Path) -> str:
    """A template without its comments."""
    return re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_every_template_ends_in_html():
    """Only `.html` is escaped by everything that might ever render it."""
    assert {path.suffix for path in TEMPLATES} == {".html"}


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_no_template_switches_escaping_off(path: Path):
    """One `|safe` would make a note's text part of the page."""
    assert not re.search(r"\|\s*safe\b|\bautoescape\b|\bMarkup\b|\|\s*xmlattr\b", source(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_no_template_has_inline_script_style_or_handlers(path: Path):
    """The strict policy of the headers would refuse them, so there are none."""
    text = source(path)

    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:|hx-on", text, re.IGNORECASE)
    assert all("src=" in tag and not body.strip() for tag, body in re.findall(r"(<script\b[^>]*>)(.*?)</script>", text, re.DOTALL))


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_every_value_in_an_attribute_stands_in_quotes(path: Path):
    """An unquoted attribute stays open to a value with a space in it, escaped or not."""
    assert not re.search(r"\s[\w-]+=\s*\{\{", source(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_an_address_never_begins_with_what_somebody_wrote(path: Path):
    """`javascript:` passes escaping, so every link begins with a path of ours, or is built by one of our functions."""
    begins = re.findall(r'(?:href|action|src|hx-post|hx-get)="\{\{\s*([a-z_.]+)', source(path))

    assert set(begins) <= {"address", "now_address", "href", "link.href"}


def test_nothing_is_loaded_from_another_host():
    """A clinic's page asks nobody else."""
    for path in [*TEMPLATES, *(FOLDER / "static").rglob("*.*")]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"""(?:https?:)?//[a-z0-9-]+\.[a-z]""", re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)), path.name


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_no_module_writes_html_or_runs_text(path: Path):
    """Scripts move what the server escaped; they build no markup from words."""
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\(\s*[\"']", path.read_text()
    )


def test_a_name_the_view_forgot_is_an_error_and_not_a_blank():
    """A misspelt name in a template shows in the tests, not as an empty cell."""
    with pytest.raises(jinja2.UndefinedError):
        _templates.env.from_string("{{ no_such_name }}").render()


def test_colours_stand_in_the_tokens_alone():
    """Light and dark come from one list."""
    rules = (FOLDER / "static" / "app.css").read_text(encoding="utf-8")

    assert re.findall(r"#[0-9a-f]{6}\b", rules) == []


def test_every_rule_of_the_styles_is_closed():
    """One lost brace puts all that follows inside it: the pages below would be styled on phones alone."""
    for path in (FOLDER / "static").glob("*.css"):
        depth = 0
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            assert not (line.startswith("@media") and depth), f"{path.name}:{number} stands inside what is not closed"
            depth += line.count("{") - line.count("}")
        assert depth == 0, path.name
