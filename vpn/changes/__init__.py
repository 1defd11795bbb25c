"""The history of an endpoint's changes: which operation made them, or who else, as CloudTrail tells."""
