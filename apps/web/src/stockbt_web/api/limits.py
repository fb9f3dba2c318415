"""The limits of what calls take, for the routes that keep them and for the document that tells them."""

FARTHEST_SECOND = 2**40
"""Seconds from the epoch, to either side."""

FEWEST_POINTS, POINTS, MOST_POINTS = 4, 3000, 100_000
SHORTEST_WINDOW, LONGEST_WINDOW = 2, 100_000
FARTHEST_ROW = 2**53
ROWS, MOST_ROWS = 100, 1000
RUNS, MOST_RUNS = 50, 200
LONGEST_KEY = 255
LONGEST_CURSOR = 128
"""Characters that no cursor of ours has."""
