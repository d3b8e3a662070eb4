"""One-machine mode: embedded servers and the supervisor that starts and stops them in order."""
