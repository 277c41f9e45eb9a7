"""How Matinee scales: a library of films that nobody has made, and machines side by side."""
