"""The sections on what was scored: each module one section's numbers, figure and table."""
