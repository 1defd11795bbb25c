"""What in the connections should be looked at: found by rules, explained in words, closed by a person or by itself."""
