"""Enrichment: what can be known of the ends of facts beyond what the record says."""
