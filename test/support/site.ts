/** The sample's frontend in a real NGINX with the deployed configuration, its releases built and taken as on a server. No balancer, no CloudFront. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join, resolve } from 'node:path';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startNginx } from '../../lib/rehearsal/servers';
import { tools } from '../../lib/rehearsal/tools';
import { end, listen, portOf } from './nginx';
import { run, standIn } from './server-scripts';

/** The heading of the sample's first page, which each release has its own words for. */
const HEADING = 'It holds.';

/** Nobody is logged in, all is well. */
export const backend: RequestListener = ({ url }, answer) => {
  answer.setHeader('content-type', 'application/json');
  answer.statusCode = url === '/api/profile' ? 401 : 200;
  answer.end(JSON.stringify({ status: 'healthy', uptime: 90, checks: { database: 'up', redis: 'up' } }));
};

export interface Site {
  readonly url: string;
  readonly port: number;
  /** Builds a release whose first page has this heading; returns the folder. Settings as in app/frontend/.env. */
  build(heading: string, settings?: Readonly<Record<string, string>>): string;
  /** Makes a built release current, with those before it that are kept. */
  release(heading: string): void;
  /** The folder that is served now. */
  readonly current: string;
  /** As when no server is left. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** NGINX, while it is up. */
  readonly nginx: Running;
  /** Paths that NGINX was asked for, all of them in order. */
  asked(): readonly string[];
  stop(): Promise<void>;
}

/** @param name of the test: its folder below .holdfast @param files of app/server: other contents */
export async function startSite(
  name: string,
  files: Readonly<Record<string, string>> = {},
  answers: RequestListener = backend,
): Promise<Site> {
  const state = resolve('.holdfast/browser', name);
  rmSync(state, { recursive: true, force: true });
  const root = join(state, 'nginx');
  mkdirSync(join(root, 'releases'), { recursive: true });
  const aws = standIn();
  const releases = new Map<string, { readonly id: string; readonly sha256: string }>();
  const api = await listen(answers);
  const port = await freePort();
  const found = await tools({ say: () => undefined });
  let nginx: Running | undefined;
  const current = () => join(root, 'releases', releases.get(now)?.id ?? '');
  let now = '';

  const site: Site = {
    url: `http://127.0.0.1:${port}/`,
    port,
    build(heading, settings = {}) {
      const source = join(state, 'source');
      const out = join(state, 'built', heading);
      cpSync('app/frontend', source, { recursive: true });
      const views = join(source, 'src/views.ts');
      writeFileSync(views, readFileSync(views, 'utf8').replace(HEADING, heading));
      const args = ['build', source, '--config', `${source}/vite.config.mts`, '--outDir', `${out}/site`];
      execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', ...args, '--logLevel', 'warn'], {
        env: { PATH: process.env.PATH, ...settings },
        stdio: 'pipe',
      });
      const { stdout } = spawnSync('tar', ['-c', '-C', out, 'site']);
      const sha256 = createHash('sha256').update(stdout).digest('hex');
      const release = { id: sha256.slice(0, 12), sha256 };
      aws.object(`releases/${release.id}.tar`, stdout);
      releases.set(heading, release);
      return join(out, 'site');
    },
    release(heading) {
      aws.object('services/backend.json', JSON.stringify({ fleets: { blue: releases.get(heading) } }));
      const told = { RELEASE_BUCKET: 'bucket', SERVICE: 'backend', FLEET: 'blue' };
      const { code, said } = run(aws, 'app/server/release.sh', [], { ...told, ROOT: root });
      if (code !== 0) throw new Error(said);
      now = heading;
    },
    get current() {
      return join(current(), 'site');
    },
    async down() {
      await nginx?.stop();
    },
    async up() {
      nginx = await startNginx(found, {
        port,
        folder: root,
        logFile: join(state, 'nginx.log'),
        backendPorts: [portOf(api)],
        release: current(),
        files,
      });
    },
    get nginx() {
      if (!nginx) throw new Error('the site is down');
      return nginx;
    },
    asked: () =>
      [...readFileSync(join(root, 'logs/access.log'), 'utf8').matchAll(/"path":"([^"]*)"/g)].map(
        ([, path = '']) => path,
      ),
    async stop() {
      await site.down();
      await end(api);
    },
  };
  return site;
}
