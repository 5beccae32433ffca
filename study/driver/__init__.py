"""The driver: hands out epochs to an engine and writes everything down, in the database and as files of states.
One driver a study holds its lease, and a study goes on only with the terms it was begun with.
"""
