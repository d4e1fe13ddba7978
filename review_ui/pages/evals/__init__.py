"""The Evals pages, for leads and maintainers: they show the files that `triage eval` writes."""

from pathlib import Path

from review_ui.context import Site
from review_ui.errors import NotForThisRole
from review_ui.owning import LEADING
from store.errors import Unknown
from store.users import User


def folder_for(site: Site, user: User) -> Path:
    """The folder of the evals. Raises NotForThisRole for coordinators, Unknown where this site shows none."""
    if user.role not in LEADING:
        raise NotForThisRole("The Evals pages are for leads and maintainers. Ask one of them if you need a number.")
    if site.evals_dir is None:
        raise Unknown("This site keeps no evals.")
    return site.evals_dir
