"""What a training leaves: outcomes, recordings, results."""
