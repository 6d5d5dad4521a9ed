/** Which real PostgreSQL stands for which instance of the emulated RDS: the emulator tells what happens to instances, and servers are copied, promoted, renamed, upgraded and ended. Decides nothing itself; replicas beside their source have no server. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { detach, followLogically, forgetFollower, quiesce } from './blue-green';
import { Copies, type Recovered } from './copies';
import { called, type Instance, type Known, keyOf, type Told } from './database-events';
import { DatabaseServers, type DatabasesOptions } from './database-servers';
import { startPostgres } from './postgres';
import type { Running } from './process';
import { LOOPBACK } from './servers';
import { postgresSays, promote, recovered, secondsBehind, setParameters, startStandby } from './standbys';

export class Databases {
  readonly #options: DatabasesOptions;
  readonly #servers: DatabaseServers;
  readonly #copies: Copies;
  readonly #server = createServer((request, answer) => {
    void text(request)
      .then((body) => this.#inTurn(JSON.parse(body) as Told))
      .then((found) => answer.end(JSON.stringify(found ?? {})))
      .catch((error: Error) => answer.writeHead(500).end(error.message));
  });
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: DatabasesOptions, first: Instance) {
    this.#options = options;
    this.#servers = new DatabaseServers(options, first);
    this.#copies = new Copies(options.state, options.log('postgres-copies'));
  }

  /** Knows the servers that there were, else this one, empty; starts none yet. */
  static async listen(options: DatabasesOptions, first: Instance): Promise<Databases> {
    const made = new Databases(options, first);
    made.#server.listen(0, LOOPBACK);
    await once(made.#server, 'listening');
    return made;
  }

  /** Starts what it knows. */
  async begin(): Promise<void> {
    for (const each of this.#servers.all) await this.#servers.begin(each);
  }

  /** Where the emulator tells it. */
  get url(): string {
    return `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Of the server that has that name, whichever it is: a renamed one moves there. */
  port(instance: Instance): Promise<number> {
    return this.#servers.port(instance);
  }

  /** The process behind an instance. */
  running(instance: Instance): Running | undefined {
    return this.#servers.running(instance);
  }

  /** One that was killed, as when its region is back. */
  async startAgain(instance: Instance): Promise<void> {
    const known = this.#servers.known(instance);
    if (known) await this.#servers.begin(known);
  }

  /** Listens no more; its servers are the system's. */
  async stop(): Promise<void> {
    this.#server.close();
    await this.#turn.catch(() => undefined);
  }

  #inTurn(told: Told): Promise<unknown> {
    if (told.act === 'lags') return this.#lags();
    const done = this.#turn.then(() => this.#act(told));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #act(told: Exclude<Told, { act: 'lags' }>): Promise<void> {
    const { region, name } = told;
    const known = this.#servers.known(told);
    if (told.act === 'follow') return this.#follow({ region, name }, told.source, told.major);
    if (told.act === 'copy' || told.act === 'restore') {
      const source = this.#servers.known(told.source);
      if (!source || (told.act === 'copy' && source.region === region)) return;
      if (known) await this.#remove(known);
      await this.#copy({ region, name }, source);
      if (told.act === 'restore') await this.#promote({ region, name });
      return;
    }
    if (told.act === 'recover') return this.#recover({ region, name }, told);
    if (!known) return;
    switch (told.act) {
      case 'snapshot':
        return this.#copies.take(told.copy, this.#servers.tools(known), await this.#servers.at(known));
      case 'keep':
        return this.#keepCopy(known, told.copy);
      case 'rename':
        return this.#rename(known, told.to);
      case 'set':
        return setParameters(await this.#servers.at(known), told.parameters);
      case 'restart':
        return this.#restart(known, known);
      case 'switch':
        return this.#switch(known, told);
      case 'sever':
        return this.#sever(known);
      case 'promote':
        return this.#promote(known);
      case 'remove':
        return this.#remove(known);
    }
  }

  async #copy(instance: Instance, source: Known): Promise<void> {
    const servers = this.#servers;
    const made: Known = { ...instance, source: keyOf(source), folder: servers.folder() };
    const place = await servers.place(made);
    const starting = startStandby(servers.tools(source), place, await servers.at(source), instance.name, called(made));
    await servers.begin(made, starting);
    await postgresSays(place, 'alter system reset all'); // of the source: a group's parameters aren't copied
    await postgresSays(place, 'select pg_reload_conf()');
    servers.keep(made);
  }

  async #promote(instance: Instance): Promise<void> {
    const { source: _, ...known } = this.#servers.known(instance) as Known;
    await promote(await this.#servers.at(instance));
    this.#servers.keep(known);
  }

  async #restart(before: Known, after: Known): Promise<void> {
    await this.#servers.end(before);
    if (before.name !== after.name) this.#servers.forget(before);
    this.#servers.keep(after);
    await this.#servers.begin(after);
  }

  /** As at AWS it starts anew, and those that follow it find it under its new name. */
  async #rename(known: Known, name: string): Promise<void> {
    const renamed = { ...known, name };
    await this.#restart(known, renamed);
    await this.#refollow(known, keyOf(renamed));
  }

  /** @param source whom its followers follow from now on @default nobody: else they would follow the next of that name, which has another past */
  async #refollow(known: Known, source?: string): Promise<void> {
    for (const each of this.#servers.all.filter((one) => one.source === keyOf(known)))
      await this.#restart(each, { ...each, source });
  }

  async #remove(known: Known): Promise<void> {
    await this.#servers.remove(known);
    await this.#refollow(known);
  }

  async #keepCopy(known: Known, copy: string): Promise<void> {
    await this.#copies.mark(await this.#servers.at(known));
    await this.#servers.end(known);
    this.#copies.keep(copy, known.folder);
    this.#servers.forget(known);
    await this.#refollow(known);
  }

  /** Without it, as of a replica beside its source, there is no server. */
  async #recover(instance: Instance, from: Recovered): Promise<void> {
    if (!this.#copies.has(from.copy)) return;
    const servers = this.#servers;
    const made: Known = { ...instance, folder: servers.folder() };
    const more = await this.#copies.recover(from, made.folder);
    const place = await servers.place(made);
    const starting = startPostgres(servers.tools(made), { ...place, args: [...place.args, ...more] }, called(made));
    await servers.begin(made, starting);
    await recovered(place);
    servers.keep(made);
  }

  async #follow(instance: Instance, source: Instance, major: string): Promise<void> {
    const servers = this.#servers;
    const { newer = {}, tools, state } = this.#options;
    const [blue, postgres] = [servers.known(source), newer[major]];
    if (!blue) return;
    if (!postgres) throw new Error(`PostgreSQL ${major}: expected one on this machine, got none`);
    const made: Known = { ...instance, blue: keyOf(source), folder: servers.folder() };
    const program = { ...tools, postgres };
    await servers.begin(made, startPostgres(program, await servers.place(made), called(made)));
    servers.keep(made); // so that it can be removed, whether it follows or not
    try {
      await followLogically(program, await servers.at(blue), await servers.at(made), state);
    } catch (error) {
      await servers.remove(made);
      await forgetFollower(await servers.at(blue));
      throw error;
    }
  }

  /** The new one has the name as soon as the old one has left it. */
  async #switch(known: Known, { region, name, green, old, seconds }: Told & { readonly act: 'switch' }): Promise<void> {
    const servers = this.#servers;
    const young = servers.known({ region, name: green });
    if (!young) throw new Error(`${green}: expected a copy that follows, got none`);
    const { blue: _, ...alone } = young;
    const next = await servers.at(young);
    await quiesce(await servers.at(known), next, seconds);
    await detach(next);
    await Promise.all([servers.end(known), servers.end(young)]);
    servers.forget(young);
    const before = { ...known, name: old };
    for (const each of [{ ...alone, name }, before]) {
      servers.keep(each);
      await servers.begin(each);
    }
    await forgetFollower(await servers.at(before));
  }

  async #sever({ blue, ...alone }: Known): Promise<void> {
    const source = this.#servers.all.find((each) => keyOf(each) === blue);
    await detach(await this.#servers.at(alone));
    if (source) await forgetFollower(await this.#servers.at(source));
    this.#servers.keep(alone);
  }

  /** Of every replica that answers. */
  async #lags(): Promise<readonly (Instance & { readonly seconds: number })[]> {
    const found = this.#servers.all
      .filter(({ source }) => source)
      .map(async ({ region, name }) => {
        const seconds = await secondsBehind(await this.#servers.at({ region, name }));
        return seconds === undefined ? [] : [{ region, name, seconds }];
      });
    return (await Promise.all(found)).flat();
  }
}
