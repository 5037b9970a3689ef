"""A brand's day, simulated from outside: people who write, agents who answer, rules to check."""
