"""The demo: invented patients whose stories are replayed, relative to today, through the same code that people use."""
