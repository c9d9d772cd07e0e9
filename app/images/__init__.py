"""Files to Image: scan, DICOM, geometry, pairing."""
