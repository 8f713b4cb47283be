"""The command line: talks to people, computes nothing."""
