/** Which real PostgreSQL stands for which instance of the emulated RDS: the emulator tells what happens to instances, and servers are copied, promoted, renamed and ended. Decides nothing itself; replicas beside their source have no server. */
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Copies, type Recovered } from './copies';
import { type Instance, type Known, keyOf, named, type Told } from './database-events';
import { freePort } from './ports';
import { startPostgres } from './postgres';
import type { Running } from './process';
import { LOOPBACK } from './servers';
import { followed, lagOf, postgresSays, promote, recovered, startStandby } from './standbys';
import type { Tools } from './tools';

export interface DatabasesOptions {
  readonly tools: Tools;
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

export class Databases {
  readonly #options: DatabasesOptions;
  readonly #copies: Copies;
  readonly #known = new Map<string, Known>();
  readonly #running = new Map<string, Running>();
  readonly #ports = new Map<string, number>();
  readonly #server = createServer((request, answer) => {
    void text(request)
      .then((body) => this.#inTurn(JSON.parse(body) as Told))
      .then((found) => answer.end(JSON.stringify(found ?? {})))
      .catch((error: Error) => answer.writeHead(500).end(error.message));
  });
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: DatabasesOptions) {
    this.#options = options;
    this.#copies = new Copies(options.tools, options.state, options.log('postgres-copies'));
  }

  /** Knows the servers that there were, else this one, empty; starts none yet. */
  static async listen(options: DatabasesOptions, first: Instance): Promise<Databases> {
    const made = new Databases(options);
    const before: readonly Known[] = existsSync(made.#file) ? JSON.parse(readFileSync(made.#file, 'utf8')) : [];
    const all = before.length > 0 ? before : [{ ...first, folder: resolve(options.state, 'postgres') }];
    for (const each of all) made.#known.set(keyOf(each), each);
    made.#server.listen(0, LOOPBACK);
    await once(made.#server, 'listening');
    return made;
  }

  /** Starts what it knows. */
  async begin(): Promise<void> {
    for (const each of this.#known.values()) await this.#begin(each);
  }

  /** Where the emulator tells it. */
  get url(): string {
    return `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Of the server that has that name, whichever it is: a renamed one moves there. */
  async port(instance: Instance): Promise<number> {
    const key = keyOf(instance);
    const port = this.#ports.get(key) ?? (await freePort());
    this.#ports.set(key, port);
    return port;
  }

  /** The process behind an instance. */
  running(instance: Instance): Running | undefined {
    return this.#running.get(keyOf(instance));
  }

  /** One that was killed, as when its region is back. */
  async startAgain(instance: Instance): Promise<void> {
    const known = this.#known.get(keyOf(instance));
    if (known) await this.#begin(known);
  }

  /** Listens no more; its servers are the system's. */
  async stop(): Promise<void> {
    this.#server.close();
    await this.#turn.catch(() => undefined);
  }

  get #file(): string {
    return resolve(this.#options.state, 'databases.json');
  }

  #inTurn(told: Told): Promise<unknown> {
    if (told.act === 'lags') return this.#lags();
    const done = this.#turn.then(() => this.#act(told));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #act(told: Exclude<Told, { act: 'lags' }>): Promise<void> {
    const { region, name } = told;
    const known = this.#known.get(keyOf(told));
    if (told.act === 'copy' || told.act === 'restore') {
      const source = this.#known.get(keyOf(told.source));
      if (!source || (told.act === 'copy' && source.region === region)) return;
      if (known) await this.#remove(known);
      await this.#copy({ region, name }, source);
      return told.act === 'restore' ? this.#promote({ region, name }) : undefined;
    }
    if (told.act === 'recover') return this.#recover({ region, name }, told);
    if (!known) return;
    if (told.act === 'snapshot') return this.#copies.take(told.copy, await this.#at(known));
    if (told.act === 'keep') return this.#keepCopy(known, told.copy);
    if (told.act === 'rename') return this.#rename(known, told.to);
    if (told.act === 'set') return this.#set(known, told.parameters);
    return told.act === 'promote' ? this.#promote(known) : this.#remove(known);
  }

  async #at(instance: Instance) {
    return { host: LOOPBACK, port: await this.port(instance) };
  }

  async #place(instance: Instance) {
    const { log, signal } = this.#options;
    return { ...(await this.#at(instance)), logFile: log(`postgres-${instance.name}`), signal };
  }

  /** @param more arguments for this once */
  async #begin(each: Known, more: readonly string[] = []): Promise<void> {
    const { tools, add } = this.#options;
    const place = { ...(await this.#place(each)), folder: each.folder };
    const args = [...SETTINGS, ...(await this.#following(each)), ...more];
    this.#running.set(keyOf(each), await add(startPostgres(tools, { ...place, args }, named(each))));
  }

  async #following({ name, source = '' }: Known): Promise<readonly string[]> {
    const from = this.#known.get(source);
    return from ? ['-c', `primary_conninfo=${followed(await this.#at(from), name)}`] : [];
  }

  async #copy(instance: Instance, source: Known): Promise<void> {
    const { tools, state, add } = this.#options;
    const made: Known = { ...instance, source: keyOf(source), folder: resolve(state, `postgres-${Date.now()}`) };
    const args = [...SETTINGS, ...(await this.#following(made))];
    const place = { ...(await this.#place(made)), folder: made.folder, args };
    const starting = startStandby(tools, place, await this.#at(source), instance.name, named(made));
    this.#running.set(keyOf(made), await add(starting));
    await postgresSays(place, 'alter system reset all'); // of the source: a group's parameters aren't copied
    await postgresSays(place, 'select pg_reload_conf()');
    this.#keep(made);
  }

  /** Without it, as of a replica beside its source, there is no server. */
  async #recover(instance: Instance, from: Recovered): Promise<void> {
    if (!this.#copies.has(from.copy)) return;
    const made: Known = { ...instance, folder: resolve(this.#options.state, `postgres-${Date.now()}`) };
    await this.#begin(made, await this.#copies.recover(from, made.folder));
    await recovered(await this.#at(made));
    this.#keep(made);
  }

  async #keepCopy(known: Known, copy: string): Promise<void> {
    await this.#copies.mark(await this.#at(known));
    await this.#end(known);
    this.#copies.keep(copy, known.folder);
    await this.#forget(known);
  }

  async #promote(instance: Instance): Promise<void> {
    const { source: _, ...known } = this.#known.get(keyOf(instance)) as Known;
    await promote(await this.#at(instance));
    this.#keep(known);
  }

  /** As at AWS it starts anew, and those that follow it find it under its new name. */
  async #rename(known: Known, name: string): Promise<void> {
    await this.#end(known);
    this.#known.delete(keyOf(known));
    const renamed = { ...known, name };
    this.#keep(renamed);
    await this.#begin(renamed);
    await this.#refollow(known, keyOf(renamed));
  }

  /** @param source whom its followers follow from now on @default nobody: else they would follow the next of that name, which has another past */
  async #refollow(known: Known, source?: string): Promise<void> {
    for (const each of [...this.#known.values()].filter((one) => one.source === keyOf(known))) {
      const follower = { ...each, source };
      await this.#end(follower);
      this.#keep(follower);
      await this.#begin(follower);
    }
  }

  async #remove(known: Known): Promise<void> {
    await this.#end(known);
    rmSync(known.folder, { recursive: true, force: true });
    await this.#forget(known);
  }

  /** Takes effect at once, as dynamic parameters do. */
  async #set(known: Known, parameters: Extract<Told, { act: 'set' }>['parameters']): Promise<void> {
    const at = await this.#at(known);
    for (const [name, value] of Object.entries(parameters))
      await postgresSays(at, value ? `alter system set ${name} = '${value}'` : `alter system reset ${name}`);
    await postgresSays(at, 'select pg_reload_conf()');
  }

  /** Of every replica that answers, in seconds. */
  async #lags(): Promise<readonly (Instance & { readonly seconds: number })[]> {
    const found = [...this.#known.values()]
      .filter(({ source }) => source)
      .map(async ({ region, name }) => {
        const seconds = await lagOf(await this.#at({ region, name }));
        return seconds === undefined ? [] : [{ region, name, seconds }];
      });
    return (await Promise.all(found)).flat();
  }

  async #end(known: Instance): Promise<void> {
    const running = this.#running.get(keyOf(known));
    if (running) await this.#options.end(running);
    this.#running.delete(keyOf(known));
  }

  async #forget(known: Known): Promise<void> {
    this.#known.delete(keyOf(known));
    this.#save();
    await this.#refollow(known);
  }

  #keep(known: Known): void {
    this.#known.set(keyOf(known), known);
    this.#save();
  }

  #save(): void {
    writeFileSync(this.#file, JSON.stringify([...this.#known.values()], undefined, 1));
  }
}
