"""Honest ceremonies: what real phones and a real server told each other, put to the client under judgement."""
