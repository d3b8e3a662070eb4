"""Pages of the set-up desk: a district is ready in ten minutes, one short page a step."""
