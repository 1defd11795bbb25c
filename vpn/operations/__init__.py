"""Changes to endpoints: asked for by a person, planned, carried out step by step, recorded."""
