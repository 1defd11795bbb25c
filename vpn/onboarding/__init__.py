"""The first day: four steps that tick themselves from what really happened."""
