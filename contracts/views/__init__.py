"""Pages about contracts, by what a person comes to do; the verbs stand beside this folder."""
