"""What operations consist of: each step looks at AWS first, and acts only if it isn't done yet."""
