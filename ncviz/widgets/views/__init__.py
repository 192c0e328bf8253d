"""Live views, one a picture."""
