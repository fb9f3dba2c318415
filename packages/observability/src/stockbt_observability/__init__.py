"""One logging set-up for every app: JSON lines on standard output that carry the run_id."""
