"""Every package of a channel: what there is, what is made of it, and where it goes."""
