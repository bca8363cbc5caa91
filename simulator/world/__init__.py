"""What there is before the first order: days, places, couriers, platforms, shops, people, and the dice."""
