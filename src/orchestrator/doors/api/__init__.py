"""The API: administration under /v3, and the routes of the original at the root."""
