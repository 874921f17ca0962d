"""What CPU this is and what surrounds it."""
