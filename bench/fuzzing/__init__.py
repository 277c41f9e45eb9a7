"""Films mutated by thousands, and what looks into them."""
