"""The page of the expectations: `/operations/expectations/`."""
