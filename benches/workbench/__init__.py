"""What the benches of `benches/run` are made of: a place, servers, load, figures, and the cases."""
