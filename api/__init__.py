"""What is before and beside the pages on the network: the gate, sign-in, sessions, files, health."""
