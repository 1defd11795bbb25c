"""What of a range the stored log can answer for: without it, "nobody" may only mean that nobody looked."""
