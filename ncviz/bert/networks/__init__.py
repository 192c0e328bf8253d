"""Pretrained networks, their lower layers and adapters."""
