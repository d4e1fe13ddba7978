"""A desk for every test of the pages: its own database, a clock it can set, Maria signed in."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from tests.review_ui.desk import Browser, Clock, Desk


@pytest.fixture
def clock() -> Clock:
    """Tuesday 10 March 2026, 10 o'clock in Chicago, until a test moves it."""
    return Clock()


@pytest.fixture
def new_desk(tmp_path: Path, sqlite_template: Path, clock: Clock) -> Iterator[Callable[..., Desk]]:
    """Opens a desk; what is given goes to its Site."""
    opened: list[Desk] = []

    def build(**site: Any) -> Desk:
        path = tmp_path / f"desk-{len(opened)}.db"
        shutil.copy(sqlite_template, path)
        desk = Desk(Database(f"sqlite:///{path}"), clock, **site)
        opened.append(desk)
        return desk

    yield build
    for desk in opened:
        desk.close()
        desk.database.dispose()


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Desk:
    """A running site."""
    return new_desk()


@pytest.fixture
def maria(desk: Desk) -> Browser:
    """The coordinator's browser, signed in."""
    return desk.maria
