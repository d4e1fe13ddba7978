"""What leads ask of a period. Every report is one SELECT of cases: which episode, under which key, with which value.

Its numbers are that SELECT counted by key, and the patients behind a number are the same SELECT for that key: they cannot differ.
What each number means stands in docs/reports.md.
"""
