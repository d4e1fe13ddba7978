"""Money and models: the prices that are set, and what was spent today."""

from typing import TYPE_CHECKING

from triage.assistants.protocol import AssistantMisconfigured

if TYPE_CHECKING:
    from cli.settings import Settings
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
