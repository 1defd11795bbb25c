"""Keeping a managed prefix list of AWS in step with the published fixed addresses."""
