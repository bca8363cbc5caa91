"""When will it arrive: percentiles of delivery time, from what had been received, parcels under way kept."""
