"""What every room stands on: checks, numbers, files; nothing of the subject."""
