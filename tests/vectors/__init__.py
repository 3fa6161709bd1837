"""Test vectors shared by every implementation, and the command that writes them."""
