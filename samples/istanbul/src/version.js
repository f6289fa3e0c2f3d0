// Nothing in this file can be run.
