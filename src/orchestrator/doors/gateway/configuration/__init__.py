"""The account configuration over REST (``accountConfigReadOnly``, ``accountConfigReadWrite``).

One `collection.Collection` answers for every noun; a noun says what its entries look like on the
wire and which desk of `services.directory.forms` it is about. `routes` lists them.
"""
