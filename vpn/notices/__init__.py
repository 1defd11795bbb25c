"""What one person is told of broken endpoints and planned work."""
