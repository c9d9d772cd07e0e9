"""Series from a DICOM archive: ask what it has, fetch it, keep it in folders."""
