"""`python -m cf_sbom`."""

from cf_sbom.faces.cli import main

if __name__ == "__main__":
    main()
