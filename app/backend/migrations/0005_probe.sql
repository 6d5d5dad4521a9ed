-- The user of the database's probe (see docs/backend.md): reads statistics and no table. On RDS it logs in with tokens of IAM.
do $$
begin
  create role holdfast_probe login connection limit 5;
exception when duplicate_object or unique_violation then null; -- roles are the server's, and it may hold several databases
end $$;

do $$
begin
  grant pg_monitor to holdfast_probe;
  if exists (select from pg_roles where rolname = 'rds_iam') then
    grant rds_iam to holdfast_probe;
  end if;
end $$;

do $$
begin
  create extension if not exists pg_stat_statements;
exception when feature_not_supported or undefined_file then
  raise notice 'pg_stat_statements is not installed: slow statements will not be counted';
end $$;
