"""Expressions: a condition as a line of text; read, checked, printed, evaluated, converted."""
