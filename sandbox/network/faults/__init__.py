"""The faults that a person can turn on in the sandbox to watch the portal cope, and how each is turned off again."""
