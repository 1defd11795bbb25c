"""The parts of the five requirements, a module each: pure functions on stored facts."""
