"""The live tests run where they are asked for: `pytest -m llm`, as `make test-llm` does."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the live tests out of a run that does not name their mark."""
    if "llm" in config.getoption("markexpr"):
        return
    live = [item for item in items if item.get_closest_marker("llm")]
    if live:
        config.hook.pytest_deselected(items=live)
        items[:] = [item for item in items if item not in live]
