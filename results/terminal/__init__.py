"""What the terminal shows of a study: the winner, a trial, the studies, the table at the end of a run."""
