"""What the npm world writes into a package: manifests, lock files, and folders of modules.

Each module knows one of these as data; what it means for a conda package is the extractor's to say.
"""
