create macro share(part, whole) as part / nullif(whole, 0);
