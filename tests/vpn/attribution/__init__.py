"""Who was behind an address at a moment."""
