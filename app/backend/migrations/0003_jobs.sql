create table outbox (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  data jsonb not null,
  request_id text not null,
  created_at timestamptz not null default now()
);

create index outbox_created_at on outbox (created_at);

create table jobs_done (
  id uuid primary key,
  done_at timestamptz not null default now()
);

create index jobs_done_done_at on jobs_done (done_at);

create table mails (
  number bigint generated always as identity primary key,
  job uuid not null,
  user_id uuid not null references users (id),
  template text not null,
  sent_at timestamptz not null default now()
);

create index mails_user_number on mails (user_id, number desc);
