"""The command line: thin, a module per command."""
