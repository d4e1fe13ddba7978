"""Which code made a run: the commit of this checkout and the versions of what its numbers depend on."""

import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "onnxruntime", "tokenizers", "pydantic", "openai", "instructor")


def commit() -> str | None:
    """The commit of this checkout, with "-dirty" where files differ from it; None where this is no checkout or there is no git."""
    git = shutil.which("git")
    if git is None or not (_ROOT / ".git").exists():  # an installed copy must not name the commit of a folder it happens to lie in
        return None
    try:
        said = subprocess.run(  # noqa: S603 — a fixed command on our own folder
            [git, "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip() or None


def versions() -> dict[str, str | None]:
    """Python and the libraries that predictions or scores depend on; None for one that is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found
