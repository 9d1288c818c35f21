"""What the experiments share that make material for drnet: the command, its faults and progress, and what it writes."""
