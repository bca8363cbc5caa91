"""What happens: orders, baskets, payment, parcels, their way, and what follows."""
