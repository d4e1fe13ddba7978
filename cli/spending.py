"""Money and models: the prices that are set, and what was spent today."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from triage.assistants.protocol import AssistantMisconfigured

if TYPE_CHECKING:
    from cli.settings import Settings
    from store.database import Database
    from store.lanes import Lanes
    from store.spending import Spent
    from triage.assistants.budget import DailyBudget
    from triage.calls import Prices


def prices(chosen: "Settings") -> "Prices | None":
    """The prices that are set, or None. Raises AssistantMisconfigured where one of the two is missing: half a price is none."""
    from triage.calls import Prices

    match chosen.llm_price_in, chosen.llm_price_out:
        case None, None:
            return None
        case float() as tokens_in, float() as tokens_out:
            return Prices(tokens_in, tokens_out)
    raise AssistantMisconfigured("Set both TRIAGE_LLM_PRICE_IN and TRIAGE_LLM_PRICE_OUT, or neither: half a price tells no cost.")


def daily_budget(chosen: "Settings") -> "DailyBudget | None":
    """The bounds that are set, or None where none is or no model is asked. Raises AssistantMisconfigured where one could not hold."""
    from triage.assistants.budget import DailyBudget

    if chosen.assistant != "llm" or (chosen.llm_daily_budget is None and chosen.llm_daily_tokens is None):
        return None
    if chosen.llm_daily_budget is not None and prices(chosen) is None:
        raise AssistantMisconfigured(
            "TRIAGE_LLM_DAILY_BUDGET is money, and no prices are set: set TRIAGE_LLM_PRICE_IN and TRIAGE_LLM_PRICE_OUT, "
            "or bound the tokens with TRIAGE_LLM_DAILY_TOKENS."
        )
    return DailyBudget(chosen.llm_daily_budget, chosen.llm_daily_tokens)


def spent_today(database: "Database", lanes: "Lanes") -> "Spent":
    """What the readings of the clinic's day took so far."""
    from review_ui.context import Site
    from store.spending import spent

    with database.read() as session:
        return spent(session, Site(database, lanes).midnight(datetime.now(UTC)))
