"""The number behind the prompt: data sets, runs, scores, comparisons, and sets made from what reviewers decided (docs/evals.md)."""
