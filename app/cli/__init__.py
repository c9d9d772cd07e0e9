"""Arguments, printing and exit codes; decides nothing."""
