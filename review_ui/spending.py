"""What the model cost today, as the lead is told."""

from datetime import datetime

from sqlalchemy.orm import Session

from review_ui.context import Site
from store.spending import spent


def notice(session: Session, site: Site, *, now: datetime) -> str:
    """A sentence where the day's budget is spent, else nothing."""
    if site.daily_budget is None:
        return ""
    spending = spent(session, site.midnight(now))
    if not site.daily_budget.is_spent(spending):
        return ""
    return (
        f"Today’s budget for the model is spent: {site.daily_budget.in_words(spending)}. "
        "Until tomorrow the embedded assistant reads the notes that come in."
    )
