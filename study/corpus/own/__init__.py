"""A corpus of one's own, from files as they come to the prepared form: which files are which half, archives and
tables read as streams, labels to classes, and what came up on the way. Memory stays bounded however long the
texts are.
"""
