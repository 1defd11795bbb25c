"""What AWS last said about endpoints, and what follows from it."""
