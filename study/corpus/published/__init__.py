"""Corpora that somebody published, each read as its publisher has it: Keras's sets, the archive of the reviews,
flat arrays, and the generated stand-in for where none of them can be had.
"""
