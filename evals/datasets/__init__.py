"""Data sets: what they are, where they come from, who may be in which."""
