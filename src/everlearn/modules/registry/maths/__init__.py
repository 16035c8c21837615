"""What can be said of an artifact without loading the library that wrote it."""
