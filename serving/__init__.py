"""The published build, asked: metrics, names, rows and extracts; knows no web."""
