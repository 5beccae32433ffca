"""The average of several of a study's models as a bundle: its members, each a bundle of its own, and its card."""
