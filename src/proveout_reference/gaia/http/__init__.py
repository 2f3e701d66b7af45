"""HTTP: what every request meets, whatever it asks for."""
