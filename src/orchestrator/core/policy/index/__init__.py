"""The index over rules: which of them can still match, as the bits of one number."""
