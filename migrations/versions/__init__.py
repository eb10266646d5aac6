"""One file per revision, numbered; each brings the schema from the one before to itself."""
