"""Opens files as rows and text, and knows nothing of what they mean."""
