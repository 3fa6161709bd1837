"""What tables of statistics can count: sources and their axes."""
