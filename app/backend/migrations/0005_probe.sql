-- The user of the database's probe (see docs/backend.md): reads statistics and no table. On RDS it logs in with tokens of IAM.
-- Who makes a role is a member of it, since PostgreSQL 16; and RDS admits members of rds_iam, also by way of another role, by no password.
-- So a role makes it that is dropped at once, or nobody else could log in any more.
do $$
declare
  me text := current_setting('role');
begin
  create role holdfast_probe_maker createrole;
  grant holdfast_probe_maker to current_user;
  set local role holdfast_probe_maker;
  create role holdfast_probe login connection limit 5;
  perform set_config('role', me, true);
  drop role holdfast_probe_maker;
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
