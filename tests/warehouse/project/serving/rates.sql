create macro share_of(part, whole) as part / nullif(whole, 0);
