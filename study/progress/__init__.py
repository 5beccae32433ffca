"""Who watches a study run: the terminal's lines and panel, the dashboard that is kept up to date, and how far a
study is, asked from outside. Nothing here changes a study.
"""
