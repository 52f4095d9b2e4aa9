"""The rules of transfers.md as other engines have them, and the flows that all of them judge."""
