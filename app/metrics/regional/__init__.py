"""What is measured at a place of an image: regions, lines, spectra and edges."""
