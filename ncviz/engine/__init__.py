"""Training many small networks at once; knows nothing of S."""
