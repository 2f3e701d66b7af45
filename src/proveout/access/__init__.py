"""What checks hold in their hands: HTTP, files, logs, each in the words of the system."""
