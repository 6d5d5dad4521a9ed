/** One server of the local fleet: does what first-boot.sh and lifecycle.sh do on a real one, with one process of the backend and of each other service. Started by the emulator's model of Auto Scaling, which replaces it when a part of it ends. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { archiveKey, type Release, type ServiceState, stateKey } from '../../lambda/rollout/state';
import { ConfigError } from '../config/config-error';
import { freePort } from './ports';
import { type Program, type Running, run, tail } from './process';
import { PATH, startBackend, startNginx, startWorker } from './servers';
import { localServices, serviceFiles } from './services';

/** What a server of the local fleet can't learn from its group: a file, for all of them. */
export interface InstanceSettings {
  readonly endpoint: string;
  readonly account: string;
  readonly nginx: string;
  /** Releases, unpacked once for all servers, and a folder for each server. */
  readonly folder: string;
  /** Of its processes, beside what the user data say. */
  readonly environment: Readonly<Record<string, string>>;
  /** What differs where the server is, by region. @default nothing */
  readonly regions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Given by the emulator, see emulator/instances.py. */
interface Given {
  readonly id: string;
  readonly group: string;
  readonly port: number;
  readonly logs: string;
  readonly region: string;
  /** The lines of /etc/holdfast/environment. */
  readonly own: Readonly<Record<string, string>>;
}

const SITE_MS = 60_000;
const NO_SITE_MS = 2000;
const HOOKS = { launch: 'ready', end: 'stopped' } as const; // of constructs/backend/server-group

/** The environment that the user data write on a real server. */
export function environmentOf(userData: string): Readonly<Record<string, string>> {
  const [, lines = ''] = /<<'END'\n(.*?)\nEND\n/s.exec(userData) ?? [];
  return Object.fromEntries([...lines.matchAll(/^(\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]));
}

function given(env: NodeJS.ProcessEnv): Given {
  const of = (name: string) => {
    const value = env[name];
    if (value === undefined) throw new ConfigError(`${name}: expected the emulator to give it, got nothing`);
    return value;
  };
  return {
    id: of('HOLDFAST_INSTANCE_ID'),
    group: of('HOLDFAST_GROUP'),
    port: Number(of('HOLDFAST_PORT')),
    logs: of('HOLDFAST_LOGS'),
    region: of('AWS_REGION'),
    own: environmentOf(of('HOLDFAST_USER_DATA')),
  };
}

/** A request by hand: the SDK costs each server 30 MB. The emulator reads account and region from its signature, which it doesn't check. */
async function asked(
  { endpoint, account }: InstanceSettings,
  region: string,
  service: string,
  path: string,
  form?: URLSearchParams,
): Promise<Buffer> {
  const credential = `${account}/20260101/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
  const method = form ? 'POST' : 'GET';
  const answer = await fetch(`${endpoint}${path}`, { method, headers: { authorization }, body: form });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(`${service} ${path}: expected 200, got ${answer.status}: ${bytes.subarray(0, 300)}`);
  return bytes;
}

/** Fetches, checks and unpacks what the group is to run, unless another server did. Returns its folder. */
async function install(settings: InstanceSettings, { region, group, own }: Given): Promise<string> {
  const { RELEASE_BUCKET: bucket = '', SERVICE: service = '' } = own;
  const object = (key: string) => asked(settings, region, 's3', `/${bucket}/${key}`);
  const colour = group.endsWith('-green') ? 'green' : 'blue';
  const { fleets } = JSON.parse(`${await object(stateKey(service))}`) as ServiceState;
  const { id, sha256 } = fleets[colour] ?? ({} as Partial<Release>);
  if (!id || !sha256) throw new Error(`${stateKey(service)}: expected a release of ${colour}, got none`);
  const folder = resolve(settings.folder, 'releases', `${id}-${sha256.slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const archive = await object(archiveKey(id));
  const got = createHash('sha256').update(archive).digest('hex');
  if (got !== sha256) throw new Error(`release ${id}: expected sha256 ${sha256}, got ${got}: not installed`);
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  const { status, stderr } = spawnSync('tar', ['-x', '-C', work], { input: archive, encoding: 'utf8' });
  if (status !== 0) throw new Error(`release ${id}: expected an archive, got ${stderr}`);
  try {
    renameSync(work, folder);
  } catch {
    rmSync(work, { recursive: true }); // another server was quicker
  }
  return folder;
}

const script = (
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  logs: string,
): Program => ({
  name,
  command: `app/server/${name}.sh`,
  args,
  env: { ...PATH, ...env },
  logFile: join(logs, `${name}.log`),
});

class Server {
  readonly #parts: Running[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(
    private readonly settings: InstanceSettings,
    private readonly given: Given,
  ) {}

  get #folder() {
    return resolve(this.settings.folder, this.given.id);
  }

  async #add(starting: Promise<Running>): Promise<void> {
    const part = await starting;
    this.#parts.push(part);
    void part.gone.then(() => {
      if (this.#ending) return;
      console.error(`${part.name}: expected it to run until it is stopped, got an early end; see ${part.logFile}`);
      void this.end(1);
    });
  }

  async #answer(LifecycleHookName: string, LifecycleActionResult: string): Promise<void> {
    const { id: InstanceId, group: AutoScalingGroupName, region } = this.given;
    const words = { AutoScalingGroupName, InstanceId, LifecycleHookName, LifecycleActionResult };
    const form = new URLSearchParams({ Action: 'CompleteLifecycleAction', Version: '2011-01-01', ...words });
    await asked(this.settings, region, 'autoscaling', '/', form).catch(({ message }: Error) =>
      console.error(`nobody waited for ${LifecycleActionResult}: ${message}`),
    );
  }

  async start(): Promise<void> {
    const { settings, given } = this;
    const { own, logs, port, region } = given;
    try {
      const release = await install(settings, given);
      const serves = (own.SERVES ?? 'backend').split(' ');
      const { QUEUE_URL, RATE_LIMIT } = own;
      const here = { ...settings.environment, AWS_REGION: region, ...settings.regions?.[region] };
      const env = { ...here, ...(QUEUE_URL && { QUEUE_URL }), ...(RATE_LIMIT && { RATE_LIMIT }) };
      const log = (name: string) => join(logs, `${name}.log`);
      const starting: Promise<void>[] = [];
      const services = await localServices(own.SERVICES);
      for (const { name, port } of services)
        starting.push(this.#add(startBackend({ port, release, logFile: log(name), env }, name)));
      const backendPorts = services.map(({ port }) => port); // where a service stands in the backend's place
      if (serves.includes('backend')) {
        const backend = await freePort();
        backendPorts.splice(0, services.length, backend);
        const ready = this.#add(startBackend({ port: backend, release, logFile: log('backend'), env }));
        starting.push(
          ready,
          ready.then(() => this.#warmUp(release, backend)),
        );
      }
      if (backendPorts.length > 0) {
        const files = serviceFiles(services.map(({ row }) => row).join(' '), join(this.#folder, 'services'));
        const place = { port, folder: this.#folder, logFile: log('nginx'), backendPorts, release, files };
        starting.push(this.#add(startNginx({ nginx: settings.nginx }, place)));
      }
      if (serves.includes('backend')) void this.#copySite();
      if (serves.includes('worker') && existsSync(`${release}/worker/worker.js`)) {
        const own = { ...env, WAIT_SECONDS: '1' }; // its end doesn't wait for longer
        const workerPort = serves.includes('backend') ? await freePort() : port;
        starting.push(this.#add(startWorker({ port: workerPort, release, logFile: log('worker'), env: own })));
      }
      await Promise.all(starting);
      await this.#answer(HOOKS.launch, 'CONTINUE');
    } catch (error) {
      console.error((error as Error).message);
      await this.#answer(HOOKS.launch, 'ABANDON');
      await this.end(1);
    }
  }

  async #warmUp(release: string, port: number): Promise<void> {
    const args = [`${release}/backend/warm-up.json`, `${port}`];
    const code = await run(script('warm-up', args, { NODE: process.execPath }, this.given.logs));
    if (code !== 0) throw new Error(`warm-up: expected 0, got ${code}: ${tail(join(this.given.logs, 'warm-up.log'))}`);
  }

  /** What a timer does each minute, by the very program: brings the copy of the site, here without letting others catch up, and sooner while there is none. */
  async #copySite(): Promise<void> {
    const { own, region, logs } = this.given;
    const { endpoint, account } = this.settings;
    const env = {
      ...PATH,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
      AWS_REGION: region,
      SITE_BUCKET: own.SITE_BUCKET,
      SITE_ROOT: join(this.#folder, 'site'),
      SITE_SETTLE_SECONDS: '0',
    };
    const copy = { name: 'copy of the site', command: process.execPath, args: ['dist/server/site-copy.js'] };
    await run({ ...copy, env, logFile: join(logs, 'site-copy.log') });
    if (this.#ending) return;
    const copied = readlinkSync(join(this.#folder, 'site/current')).startsWith('releases/');
    this.#timer = setTimeout(() => void this.#copySite(), copied ? SITE_MS : NO_SITE_MS);
  }

  /** Stops what it started, tells the group, and ends the process. */
  async end(code: number): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    clearTimeout(this.#timer);
    for (const part of this.#parts.reverse()) await part.stop();
    if (code === 0) await this.#answer(HOOKS.end, 'CONTINUE');
    rmSync(this.#folder, { recursive: true, force: true });
    process.exit(code);
  }
}

/** @param file path of its InstanceSettings */
export async function startInstance(file: string): Promise<void> {
  const server = new Server(JSON.parse(readFileSync(file, 'utf8')) as InstanceSettings, given(process.env));
  process.on('SIGTERM', () => void server.end(0));
  await server.start();
}
