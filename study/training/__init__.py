"""What a worker computes: networks, epochs, predictions, scores. No Optuna, no database."""
