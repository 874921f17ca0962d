"""Whether what is installed is right for the CPU."""
