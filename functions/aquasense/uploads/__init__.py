"""The ids of uploads and deletions, and the receipts and the impact of uploads."""
