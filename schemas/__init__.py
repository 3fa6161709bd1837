"""The wire models, record types, code lists, instruments and presets, as data."""
