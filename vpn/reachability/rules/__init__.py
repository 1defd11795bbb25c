"""How AWS decides what a connection reaches: pure, for the answer about one person and for expectations alike."""
