"""What Python distributions say of themselves: core metadata, licences, lists of files and requirements, archives.

Knows the PyPA specifications; nothing of conda. One record for all forms: wheels, eggs, and both as installed.
"""
