"""Speed and memory, measured by commands that print tables; never in timed tests."""
