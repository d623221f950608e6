"""The graph: its nouns, the stores behind one seam, and the plans that they execute. Imports nothing of ours."""
