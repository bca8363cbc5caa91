"""The pages over the published file, the read-only query layer below them, and merchants' extracts."""
