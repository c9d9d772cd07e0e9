"""Images that are not DICOM: NIfTI, NumPy, HDF5, TIFF, PNG and JPEG, a module for each.

``find`` makes a Series of a file, ``stacks`` one of a folder of pictures,
``read`` an Image of a Series; ``borrow`` gives a series what only its
reference knows: its modality and its place in the patient. HDF5, TIFF, PNG and
JPEG are opened by C libraries, so that happens in the worker process (``serve``).
"""
