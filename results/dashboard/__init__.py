"""Optuna's dashboard, served, with our notes, plots and files in it."""
