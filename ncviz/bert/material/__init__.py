"""Texts and their tasks."""
