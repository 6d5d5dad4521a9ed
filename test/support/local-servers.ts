/** The servers that groups of a local system have started, by what they leave in its folder. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

const files = (folder: string, ends: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => `/${path}`.endsWith(ends))
    .map((path) => readFileSync(join(folder, path), 'utf8'));

/** What all servers wrote into the log of that name. */
export const serverLogs = (state: string, name: string): string =>
  files(`${state}/logs/servers`, `/${name}.log`).join('');

/** To all processes of NGINX on every server; one that has just gone needs none. */
export function signalNginx(state: string, signal: NodeJS.Signals): void {
  for (const pid of files(`${state}/servers`, '/run/nginx.pid'))
    try {
      process.kill(-Number(pid), signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
}

/** Where the site of each server that serves one leads to. */
export const siteCopies = (state: string): readonly string[] =>
  readdirSync(`${state}/servers`, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^i-[^/]+\/site\/current$/.test(path))
    .map((path) => readlinkSync(`${state}/servers/${path}`));
