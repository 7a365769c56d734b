"""Figures in, documents out: digests as docx, html and json."""
