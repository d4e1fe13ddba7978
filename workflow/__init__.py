"""The rules of coordination: pure functions over frozen values. No I/O, no clock, no database."""
