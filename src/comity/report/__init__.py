"""Reports: one judgement, several formats."""
