"""The words everybody uses, as frozen data."""
