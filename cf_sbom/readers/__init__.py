"""Finished documents -> the model again. Readers see one format each; what they cannot place they leave out and say."""
