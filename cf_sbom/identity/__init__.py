"""The only places where names are made: purls, licence expressions, match specs, addresses, upstream identities."""
