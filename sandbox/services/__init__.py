"""PostgreSQL and Valkey on loopback, for the demo and the tests, from wheels where the machine has none."""
