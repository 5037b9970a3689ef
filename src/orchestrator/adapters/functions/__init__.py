"""Functions of other programs: where calls may go, and the two protocols that they speak."""
