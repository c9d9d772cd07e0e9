"""One verb each; a verb yields Progress."""
