"""The Explorer's later tabs."""
