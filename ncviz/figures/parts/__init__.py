"""What the pictures share: frame, scales, style."""
