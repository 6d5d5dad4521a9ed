create table products (
  id integer primary key check (id > 0),
  name text not null,
  cents integer not null check (cents >= 0)
);

insert into products (id, name, cents)
values (1, 'Anchor', 4900), (2, 'Rope, 20 m', 2900), (3, 'Lantern', 3900), (4, 'Chart', 1500), (5, 'Sextant', 18900);

create table orders (
  number bigint generated always as identity primary key,
  user_id uuid not null references users (id),
  idempotency_key text not null,
  product text not null,
  quantity integer not null check (quantity > 0),
  created_at timestamptz not null default now(),
  unique (user_id, idempotency_key)
);

create index orders_user_number on orders (user_id, number desc);
create index orders_created_at on orders (created_at);
