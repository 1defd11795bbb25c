"""Whether the five requirements hold: evaluated each minute from what is stored, with evidence and a history."""
