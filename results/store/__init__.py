"""The one database: our tables beside Optuna's, sessions, and Optuna's storage on the same file."""

from results.store.database import Store, open_store

__all__ = ["Store", "open_store"]
