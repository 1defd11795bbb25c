"""One file for each layer of a diagnosis: its rules, and what is to be said and done where one of them fails."""
