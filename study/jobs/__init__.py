"""The commands that train, each from its corpus to its last row: a study with its search and finals, published
networks again, and the open questions. What they all begin with is in `session`.
"""
