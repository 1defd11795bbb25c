"""An endpoint's authorization policy: as it was read, what AWS would refuse of a new one, and whom it would refuse."""
