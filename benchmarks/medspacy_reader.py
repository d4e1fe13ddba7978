"""Finds blockers with medSpaCy: TargetMatcher and ConText over the rules in `medspacy_rules.json`, which is in medSpaCy's own format.

Runs in the environment of `make bench-peer`, so it imports nothing of ours. Opens no network connection.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from loguru import logger

logger.remove()  # the sentence splitter logs every note, word by word, to stderr; before it is imported

import medspacy  # noqa: E402
from medspacy.context import ConTextRule  # noqa: E402
from medspacy.ner import TargetRule  # noqa: E402

RULES = Path(__file__).parent / "medspacy_rules.json"
NONE_OF_THESE = ("is_negated", "is_historical", "is_hypothetical", "is_family")
"""What ConText may say of a span so that it is no blocker of this patient now."""


def load(*, default_sentences: bool) -> tuple[Callable[[dict[str, str]], Any], Callable[[dict[str, str], Any], list[dict[str, str]]]]:
    """A reader as `reading_child` wants it, with the sentence splitter that medSpaCy loads by default (PyRuSH) or with spaCy's own."""
    nlp = medspacy.load(medspacy_enable={"medspacy_tokenizer", "medspacy_pyrush"} if default_sentences else {"medspacy_tokenizer"})
    if not default_sentences:
        nlp.add_pipe("sentencizer")
    nlp.add_pipe("medspacy_target_matcher").add(TargetRule.from_json(str(RULES)))
    nlp.add_pipe("medspacy_context", config={"rules": None}).add(ConTextRule.from_json(str(RULES)))

    def blockers(_line: dict[str, str], doc: Any) -> list[dict[str, str]]:
        counted = (span for span in doc.ents if not any(span._.get(said) for said in NONE_OF_THESE))
        return [{"category": span.label_, "evidence": span.text} for span in counted]

    return lambda line: nlp(line["text"]), blockers
