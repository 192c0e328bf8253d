"""Training beside the page: one worker, and turns among kernels."""
