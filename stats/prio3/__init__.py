"""Prio3 (draft-irtf-cfrg-vdaf-20, section 7; `VERSION` 18) with one proof, in plain integers.

Not constant in time: neither are Python's integers.
"""
