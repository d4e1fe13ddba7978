"""Runs and comparisons for people: Markdown, HTML, plots, files for notebooks."""
