"""What runs by itself: pushes that were taken are shown, loaded and removed."""
