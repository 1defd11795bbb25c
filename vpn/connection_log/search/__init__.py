"""Finding connections: the conditions, how they become SQL that is fast, and the page."""
