{{ exchange_rates_of(ref('exchange_rates'), users_files('exchange_rates')) }}
