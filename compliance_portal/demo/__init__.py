"""A made-up district that looks alive: nothing here names a real person, vendor or school."""
