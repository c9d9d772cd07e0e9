"""Files on disk -> series, pairs and images. The only home of pydicom."""
