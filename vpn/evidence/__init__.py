"""`/status/evidence/`: what auditors ask for, of a month or of any days, complete or not at all."""
