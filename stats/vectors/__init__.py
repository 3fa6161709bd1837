"""Judges official test vectors of Prio3: `python -m stats.vectors FOLDER`."""
