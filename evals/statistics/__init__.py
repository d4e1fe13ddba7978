"""How sure a number is, and whether two differ: intervals, paired tests, agreement, power. Pure; nothing here knows a note."""
