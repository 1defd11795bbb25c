"""The only door to AWS: sessions, gateways, snapshots, errors."""
