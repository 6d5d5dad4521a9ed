/** People who read and one who orders in a PostgreSQL, wherever a name leads, and what was refused when. Each tries until it is answered. Injects no fault. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Address } from '../../lib/rehearsal/servers';
import { postgresSays } from '../../lib/rehearsal/standbys';

const MIGRATIONS = 'app/backend/migrations';
const USER = '00000000-0000-4000-8000-000000000001';
const READERS = 3;
const EVERY_MS = 25;

/** The schema as it is deployed, with so many orders. */
export async function fillOrders(at: Address, orders: number): Promise<void> {
  for (const file of readdirSync(MIGRATIONS).sort())
    await postgresSays(at, readFileSync(join(MIGRATIONS, file), 'utf8'));
  await postgresSays(at, `insert into users (id, email, password_hash) values ('${USER}', 'a@example.com', 'x')`);
  await postgresSays(
    at,
    `insert into orders (user_id, idempotency_key, product, quantity)
     select '${USER}', 'old-' || n, md5(n::text), 1 from generate_series(1, ${orders}) as n`,
  );
}

/** What to do where there is none. */
export const NO_OLDER_POSTGRES =
  'HOLDFAST_POSTGRES_BEFORE: expected the path of a postgres older than 18, got none, and none in /usr/lib/postgresql; apt-get install postgresql';

/** An older PostgreSQL than is deployed: named by HOLDFAST_POSTGRES_BEFORE, or as Debian installs it. */
export function olderPostgres(): { readonly postgres: string; readonly major: string } | undefined {
  const debian = '/usr/lib/postgresql';
  const majors = existsSync(debian) ? readdirSync(debian).map(Number) : [];
  const found = majors.filter((major) => major < 18).sort((a, b) => b - a);
  const paths = found.map((major) => join(debian, `${major}/bin/postgres`));
  const postgres = process.env.HOLDFAST_POSTGRES_BEFORE ?? paths.find((each) => existsSync(each));
  if (!postgres) return undefined;
  const [, major = ''] = / (\d+)\./.exec(execFileSync(postgres, ['--version'], { encoding: 'utf8' })) ?? [];
  return { postgres, major };
}

interface Refusal {
  readonly what: 'read' | 'order';
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly why: string;
}

export class OrderLoad {
  /** Each try that wasn't answered. */
  readonly refused: Refusal[] = [];
  /** Answered. */
  reads = 0;
  acknowledged = 0;
  /** From the first try to the answer. */
  readonly longestMs = { read: 0, order: 0 };
  at: Address;
  #over = false;
  readonly #all: Promise<unknown>;

  constructor(at: Address) {
    this.at = at;
    this.#all = Promise.all([...Array.from({ length: READERS }, () => this.#read()), this.#order()]);
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#all;
  }

  /** @returns whether it was answered before the end */
  async #until(what: Refusal['what'], sql: string): Promise<boolean> {
    const begin = performance.now();
    for (; !this.#over; await wait(EVERY_MS))
      try {
        await postgresSays(this.at, sql);
        this.longestMs[what] = Math.max(this.longestMs[what], performance.now() - begin);
        return true;
      } catch (error) {
        this.refused.push({ what, at: Date.now(), why: (error as Error).message });
      }
    return false;
  }

  async #read(): Promise<void> {
    for (; !this.#over; await wait(EVERY_MS))
      if (await this.#until('read', 'select * from orders order by number desc limit 20')) this.reads += 1;
  }

  /** Each order until it is taken, as a visitor's Idempotency-Key lets it. */
  async #order(): Promise<void> {
    for (let number = 1; !this.#over; await wait(EVERY_MS)) {
      const sql = `insert into orders (user_id, idempotency_key, product, quantity)
                   values ('${USER}', 'new-${number}', 'x', 1) on conflict (user_id, idempotency_key) do nothing`;
      if (await this.#until('order', sql)) this.acknowledged = number++;
    }
  }

  /** Of those acknowledged, how many are not there. */
  async lost(at: Address): Promise<number> {
    const [row] = await postgresSays(
      at,
      "select count(*)::int as count from orders where idempotency_key like 'new-%'",
    );
    return Math.max(0, this.acknowledged - Number(row?.count));
  }
}
