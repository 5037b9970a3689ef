"""The embedded cloud's statements, by noun; `cloud.CloudTransaction` is all of them together."""
