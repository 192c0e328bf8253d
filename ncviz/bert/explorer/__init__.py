"""The Explorer of pretrained networks."""
