/** A backend's process as it is shipped, with a real Redis and a real PostgreSQL of its own, and how tests speak to it. Injects no fault. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort, freePorts } from '../../lib/rehearsal/ports';
import { startPostgres } from '../../lib/rehearsal/postgres';
import type { Running } from '../../lib/rehearsal/process';
import { startBackend, startRedis } from '../../lib/rehearsal/servers';
import { type Tools, tools } from '../../lib/rehearsal/tools';

export const SCRIPT = resolve('dist/backend/server.js');
export const SECRET = 'a'.repeat(32);

type Headers = Readonly<Record<string, string>>;

export interface Person {
  readonly email: string;
  readonly password: string;
}

export const somebody = (): Person => ({ email: `${randomUUID()}@example.com`, password: 'correct horse' });
export const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';

/** Asks until it holds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await holds().catch(() => false)); await wait(50)) {
    if (Date.now() > end) throw new Error('it did not come within 10 s');
  }
}

export const foundTools = () => tools({ say: (line) => process.stderr.write(`${line}\n`) });

export class Bench {
  tools!: Tools;
  readonly env: Record<string, string> = {};
  port = 0;
  redis!: Running;
  postgres!: Running;
  readonly #folder: string;
  #ports = { redis: 0, postgres: 0 };
  readonly #backends = new Map<number, Running>();

  constructor(name: string) {
    this.#folder = `.holdfast/integration-${name}`;
  }

  /** Where PostgreSQL listens. */
  get database() {
    return { host: '127.0.0.1', port: this.#ports.postgres };
  }

  log(part: string): string {
    return `${this.#folder}/${part}.log`;
  }

  /** Servers, and one backend with these variables besides the usual ones. */
  async start(env: Headers = {}): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    this.tools = await foundTools();
    const [redis = 0, postgres = 0] = await freePorts(2);
    this.#ports = { redis, postgres };
    await Promise.all([this.startRedis(), this.startPostgres()]);
    Object.assign(this.env, {
      NODE_ENV: 'production',
      MIGRATE: '1',
      TRUST_PROXY: '1',
      DRAIN_MS: '200',
      RATE_LIMIT: '10000/900',
      SESSION_SECRET: SECRET,
      JWT_SECRET: SECRET,
      REDIS_URL: `redis://127.0.0.1:${this.#ports.redis}`,
      DATABASE_URL: `postgresql://postgres@127.0.0.1:${this.#ports.postgres}/postgres`,
      ...env,
    });
    this.port = await this.another();
  }

  async startRedis(): Promise<void> {
    const place = { port: this.#ports.redis, folder: `${this.#folder}/redis`, logFile: this.log('redis') };
    this.redis = await startRedis(this.tools, place);
  }

  async startPostgres(): Promise<void> {
    const place = {
      port: this.#ports.postgres,
      folder: resolve(this.#folder, 'postgres'),
      logFile: this.log('postgres'),
    };
    this.postgres = await startPostgres(this.tools, place);
  }

  /** One more backend on the same servers; returns its port. */
  async another(env: Headers = {}): Promise<number> {
    const port = await freePort();
    const place = {
      port,
      release: resolve('dist'),
      logFile: this.log(`backend-${port}`),
      env: { ...this.env, ...env },
    };
    this.#backends.set(port, await startBackend(place));
    return port;
  }

  /** One backend's end, by itself or by us; its exit code, if it had one. */
  ended(port: number): Promise<number | undefined> | undefined {
    return this.#backends.get(port)?.gone;
  }

  signal(port: number, signal: NodeJS.Signals): void {
    process.kill(this.#backends.get(port)?.pid ?? 0, signal);
  }

  async stopBackend(port: number): Promise<void> {
    await this.#backends.get(port)?.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#backends.values()].map((backend) => backend.stop()));
    await Promise.all([this.postgres, this.redis].map((server) => server?.stop()));
  }

  /** Says it to PostgreSQL as its administrator, who then reads its settings again. */
  async sql(statements: readonly string[]): Promise<void> {
    const client = new Client({ connectionString: this.env.DATABASE_URL });
    await client.connect();
    for (const statement of [...statements, 'select pg_reload_conf()']) await client.query(statement);
    await client.end();
  }

  ask(path: string, init?: RequestInit, port = this.port): Promise<Response> {
    return fetch(`http://127.0.0.1:${port}${path}`, init);
  }

  get(path: string, headers: Headers = {}): Promise<Response> {
    return this.ask(path, { headers });
  }

  post(path: string, body: unknown, headers: Headers = {}): Promise<Response> {
    const json = { 'content-type': 'application/json', ...headers };
    return this.ask(path, { method: 'POST', headers: json, body: JSON.stringify(body) });
  }

  /** Registers somebody new and logs her in. */
  async visitor(): Promise<{ readonly person: Person; readonly cookie: string }> {
    const person = somebody();
    await this.post('/api/register', person);
    return { person, cookie: cookieOf(await this.post('/api/login', person)) };
  }
}
