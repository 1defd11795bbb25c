"""PostgreSQL and Valkey on loopback for the demo and the tests, from Python wheels where the machine has none."""
