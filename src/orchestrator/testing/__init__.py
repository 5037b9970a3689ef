"""Shipped for the tests of others: a clock that is turned by hand."""
