"""Cards of the lessons."""
