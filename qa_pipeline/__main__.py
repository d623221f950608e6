"""``python -m qa_pipeline`` is ``askgraph``."""

from __future__ import annotations

import sys

from qa_pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main())
