"""What views and explorers are made of."""
