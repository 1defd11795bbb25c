"""What every kind of operation is built from: Kind (form, plan, steps) and Step (observe, then act)."""
