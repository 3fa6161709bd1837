"""The command line: operator commands, and a phone and a lead for the terminal."""
