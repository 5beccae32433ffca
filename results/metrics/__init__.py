"""What a network is judged by: the objectives of a search, and what a confusion matrix says by class."""
