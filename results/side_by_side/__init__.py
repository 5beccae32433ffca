"""Several studies of one corpus beside each other: scores, differences, the page."""
