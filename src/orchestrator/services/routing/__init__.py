"""From a ring to a transfer: claim, gather, decide, record, perform, retry."""
