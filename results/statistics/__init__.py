"""Frames in, frames out, no database and no figure: intervals, comparisons, power, published figures, questions."""
