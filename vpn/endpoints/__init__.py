"""Snapshots of AWS's endpoints, who may use which, their egress chains, and who is connected."""
