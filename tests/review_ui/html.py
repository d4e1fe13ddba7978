"""A page as a person meets it: its text, its elements, and its forms with what they would send."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "rect", "path"})


@dataclass
class Element:
    """One element, with what stands inside it."""

    tag: str
    attrs: dict[str, str]
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        """This element and everything inside it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    @property
    def raw_text(self) -> str:
        """All text inside, character for character."""
        return "".join(child if isinstance(child, str) else child.raw_text for child in self.children)

    @property
    def text(self) -> str:
        """All text inside, with white space as a reader sees it."""
        return " ".join(self.raw_text.split())

    def all(self, tag: str | None = None, **attrs: str) -> list["Element"]:
        """Elements inside with this tag and these attributes; `class_` finds one class among several, `data_x` the attribute data-x."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        return [each for each in self.walk() if each is not self and tag in {None, each.tag} and each._has(wanted)]

    def one(self, tag: str | None = None, **attrs: str) -> "Element":
        """The only element like this."""
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} elements are {tag} {attrs}"
        return found[0]

    def _has(self, wanted: dict[str, str]) -> bool:
        for name, value in wanted.items():
            mine = self.attrs.get(name)
            if mine is None or (value not in mine.split() if name == "class" else value not in {mine, "*"}):
                return False
        return True


class Page(Element):
    """A parsed page and the answer it came with."""

    def __init__(self, html: str, response: Any = None) -> None:
        super().__init__("page", {})
        self.html, self.response = html, response
        _Builder(self).feed(html)

    def __repr__(self) -> str:
        return f"<Page {self.text[:300]!r}>"

    @property
    def status(self) -> int:
        return int(self.response.status_code)

    @property
    def forms(self) -> list["Form"]:
        return [Form(each) for each in self.all("form")]

    def form(self, action: str, *, having: str | None = None) -> "Form":
        """The first form with this action; `having` names a field or button value it must have."""
        fitting = [each for each in self.forms if each.action == action and (having is None or each.has(having))]
        assert fitting, f"no form posts to {action} (having {having}); there are {[each.action for each in self.forms]}"
        return fitting[0]

    @property
    def problem(self) -> str:
        """The refusal on the page, in words; empty where there is none."""
        return " ".join(each.text for each in self.all(role="alert"))


class Form:
    """A form as a browser without scripts would send it."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.action, self.method = element.attrs.get("action", ""), element.attrs.get("method", "get")

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The successful controls as they stand, buttons left out."""
        return list(self._fields())

    def _fields(self) -> Iterator[tuple[str, str]]:
        for each in self.element.walk():
            name = each.attrs.get("name", "")
            if not name or "disabled" in each.attrs:
                continue
            kind = each.attrs.get("type", "text")
            if each.tag == "input" and kind not in {"submit", "button"}:
                if kind not in {"radio", "checkbox"} or "checked" in each.attrs:
                    yield name, each.attrs.get("value", "")
            elif each.tag == "textarea":
                yield name, each.raw_text
            elif each.tag == "select":
                options = each.all("option")
                chosen = [option for option in options if "selected" in option.attrs] or options[:1]
                yield from ((name, option.attrs.get("value", option.text)) for option in chosen)

    @property
    def buttons(self) -> list[Element]:
        return [
            each for each in self.element.all("button") if each.attrs.get("type", "submit") == "submit" and "disabled" not in each.attrs
        ]

    def has(self, value: str) -> bool:
        """Whether a field has this name, or a field or button this value."""
        return any(value in {each.attrs.get("name"), each.attrs.get("value")} for each in self.element.walk())

    def choices(self, name: str) -> list[str]:
        """What a select or a group of radio buttons offers."""
        selects = self.element.all("select", name=name)
        if selects:
            return [option.attrs["value"] for option in selects[0].all("option")]
        return [each.attrs["value"] for each in self.element.all("input", name=name)]

    def sent(self, press: str | None = None, **values: str | None) -> list[tuple[str, str]]:
        """What is sent with these fields filled in and the button with value `press` pressed; None leaves a field out.

        A field that is not there cannot be filled.
        """
        for name in values:
            assert self.has(name), f"the form {self.action} has no field {name}"
        pairs = [(name, value) for name, value in self.fields if name not in values]
        pairs += values.items()
        if press is not None:
            button = next(each for each in self.buttons if each.attrs.get("value") == press)
            pairs.append((button.attrs["name"], press))
        return [(name, value) for name, value in pairs if value is not None]


class _Builder(HTMLParser):
    def __init__(self, root: Element) -> None:
        super().__init__(convert_charrefs=True)
        self.at = root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.at))

    def handle_endtag(self, tag: str) -> None:
        at: Element | None = self.at
        while at is not None and at.tag != tag:
            at = at.parent
        if at is not None and at.parent is not None:
            self.at = at.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)
