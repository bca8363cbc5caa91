{{ import_rules_of(ref('import_rules'), users_files('import_rules')) }}
