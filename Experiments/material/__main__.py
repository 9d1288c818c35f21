"""Called by Experiments/setup: python -m material NAME SOURCE OUT SIZE full|quick."""
import sys

from material.command import main

main(*sys.argv[1:])
