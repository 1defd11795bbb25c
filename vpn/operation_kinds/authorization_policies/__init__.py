"""An endpoint's authorization policy: try it out in shadow mode, enforce it, delete it."""
