"""The web console: pages for people, over the same services and permissions as API and commands."""
