"""Controls, live views, and the Explorer made of them."""
