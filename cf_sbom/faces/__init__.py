"""How people and programs call generate() and its kin. A face adds nothing of its own."""
