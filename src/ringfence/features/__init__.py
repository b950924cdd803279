"""What the product does: vertical slices that answer HTTP and hold handles, never keys."""
