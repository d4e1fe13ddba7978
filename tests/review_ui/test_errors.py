"""Every error of ours has one HTTP status, and the person is told in a sentence."""

from collections.abc import Iterator

from review_ui.errors import STATUS, PageError, status_of
from store.errors import StoreError
from workflow.refusals import Refusal


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    """All classes under this one."""
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


def test_every_error_of_ours_has_a_status():
    """An error without one would be answered as our fault, though a person could act on it."""
    roots = (PageError, StoreError)
    mine = [kind for root in roots for kind in below(root)] + [Refusal, *below(Refusal)]

    assert [kind.__name__ for kind in mine if not any(each in STATUS for each in kind.__mro__)] == []


def test_the_table_of_statuses_names_nothing_that_is_gone():
    """Each entry stands for errors that can be raised."""
    known = {PageError, StoreError, Refusal, *below(PageError), *below(StoreError), *below(Refusal)}

    assert set(STATUS) <= known


def test_every_status_is_one_a_browser_understands_as_an_error():
    """No error of ours passes for success, and none of a person's making counts as ours."""
    assert all(400 <= status < 500 or status == 503 for status in STATUS.values())


def test_a_class_covers_its_subclasses():
    """A new kind of refusal is a conflict without anybody touching the table."""

    class NotToday(Refusal):
        """A refusal that the table has never heard of."""

    assert status_of(NotToday("Not today.")) == 409
