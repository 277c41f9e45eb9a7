"""Jobs that are killed: what they are (`jobs`), their `processes`, what they do on disk (`disk`), and one `trial`."""
