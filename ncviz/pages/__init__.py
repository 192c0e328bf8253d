"""Whole pages of HTML."""
