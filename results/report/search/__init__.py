"""The sections on the search: its history, what mattered, settings, fronts."""
