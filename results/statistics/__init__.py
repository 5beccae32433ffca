"""Frames in, frames out, no database, no figure: intervals, comparisons, power, published figures, questions."""
