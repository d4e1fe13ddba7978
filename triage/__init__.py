"""From a note to suggestions: the assistants, grounding, dates, and the jobs that use them."""
