"""What to use: the one answer of a study, and what it says beside it."""
