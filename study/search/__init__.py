"""Which configuration next: the loop, its proposals, pruning and stopping."""
