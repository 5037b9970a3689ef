"""Where attributes come from, one module for each meaning: what a `gather.Gatherer` asks."""
