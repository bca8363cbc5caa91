"""Push intake over HTTP: the signature, a durable segment, the acknowledgement."""
