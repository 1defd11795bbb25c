"""One connection: what it says, in words and word for word, and what lies around it."""
