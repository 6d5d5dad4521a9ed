/** The PostgreSQL servers that stand for instances of the emulated RDS: folders, ports and processes, remembered from one start to the next. Doesn't know what happens to instances. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { called, type Instance, type Known, keyOf } from './database-events';
import { freePort } from './ports';
import { startPostgres } from './postgres';
import type { Running } from './process';
import { type Address, LOOPBACK } from './servers';
import { followed } from './standbys';
import type { Tools } from './tools';

export interface DatabasesOptions {
  /** With the PostgreSQL of the first. */
  readonly tools: Tools;
  /** The program `postgres` of other major versions, by version, for copies that are upgraded. @default none */
  readonly newer?: Readonly<Record<string, string>>;
  /** Where folders of data are, `postgres` for the first, and `databases.json`. */
  readonly state: string;
  /** File of a server's log. */
  readonly log: (part: string) => string;
  readonly signal?: AbortSignal;
  /** Takes a server into the system, which is told when that ends by itself. */
  readonly add: (starting: Promise<Running>) => Promise<Running>;
  /** Ends one on purpose. */
  readonly end: (part: Running) => Promise<void>;
}

/** So that a replica may come late: there are no slots. */
const SETTINGS = ['-c', 'wal_keep_size=256MB'];

export class DatabaseServers {
  readonly #options: DatabasesOptions;
  readonly #known = new Map<string, Known>();
  readonly #running = new Map<string, Running>();
  readonly #ports = new Map<string, number>();

  /** Knows the servers that there were, else this one, empty; starts none yet. */
  constructor(options: DatabasesOptions, first: Instance) {
    this.#options = options;
    const before: readonly Known[] = existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, 'utf8')) : [];
    const all = before.length > 0 ? before : [{ ...first, folder: resolve(options.state, 'postgres') }];
    for (const each of all) this.#known.set(keyOf(each), each);
  }

  get all(): readonly Known[] {
    return [...this.#known.values()];
  }

  known(instance: Instance): Known | undefined {
    return this.#known.get(keyOf(instance));
  }

  running(instance: Instance): Running | undefined {
    return this.#running.get(keyOf(instance));
  }

  /** Of the server that has that name, whichever it is: a renamed one moves there. */
  async port(instance: Instance): Promise<number> {
    const key = keyOf(instance);
    const port = this.#ports.get(key) ?? (await freePort());
    this.#ports.set(key, port);
    return port;
  }

  async at(instance: Instance): Promise<Address> {
    return { host: LOOPBACK, port: await this.port(instance) };
  }

  /** Of a new one's data. */
  folder(): string {
    return resolve(this.#options.state, `postgres-${Date.now()}`);
  }

  async place(each: Known) {
    const { log, signal } = this.#options;
    const from = this.all.find((other) => keyOf(other) === each.source);
    const following = from ? ['-c', `primary_conninfo=${followed(await this.at(from), each.name)}`] : [];
    const logFile = log(`postgres-${each.name}`);
    return { ...(await this.at(each)), folder: each.folder, logFile, signal, args: [...SETTINGS, ...following] };
  }

  /** Of the major version that its data are of. */
  tools({ folder }: Pick<Known, 'folder'>): Tools {
    const { tools, newer = {} } = this.#options;
    const file = resolve(folder, 'PG_VERSION');
    return { ...tools, postgres: (existsSync(file) && newer[readFileSync(file, 'utf8').trim()]) || tools.postgres };
  }

  /** @param starting as one that isn't like the others @default from its folder */
  async begin(each: Known, starting?: Promise<Running>): Promise<void> {
    const started = starting ?? startPostgres(this.tools(each), await this.place(each), called(each));
    this.#running.set(keyOf(each), await this.#options.add(started));
  }

  async end(instance: Instance): Promise<void> {
    const running = this.running(instance);
    if (running) await this.#options.end(running);
    this.#running.delete(keyOf(instance));
  }

  keep(known: Known): void {
    this.#known.set(keyOf(known), known);
    this.#save();
  }

  forget(instance: Instance): void {
    this.#known.delete(keyOf(instance));
    this.#save();
  }

  async remove(known: Known): Promise<void> {
    await this.end(known);
    rmSync(known.folder, { recursive: true, force: true });
    this.forget(known);
  }

  get #file(): string {
    return resolve(this.#options.state, 'databases.json');
  }

  #save(): void {
    writeFileSync(this.#file, JSON.stringify(this.all, undefined, 1));
  }
}
