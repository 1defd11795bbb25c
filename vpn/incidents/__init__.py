"""`/status/incidents/`: what people write by hand while something is broken, in four stages and two languages."""
