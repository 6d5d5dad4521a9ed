/** The servers that groups of a local system have started, by what they leave in its folder. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What all servers wrote into the log of that name. */
export const serverLogs = (state: string, name: string): string =>
  readdirSync(`${state}/logs/servers`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(`/${name}.log`))
    .map((path) => readFileSync(join(`${state}/logs/servers`, path), 'utf8'))
    .join('');

/** Of each server; one that ends meanwhile takes its folder along. */
const each = (state: string, read: (folder: string) => string): readonly string[] =>
  readdirSync(`${state}/servers`)
    .filter((name) => name.startsWith('i-'))
    .flatMap((id) => {
      try {
        return [read(`${state}/servers/${id}`)];
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return [];
      }
    });

/** To all processes of NGINX on every server; one that has just gone needs none. */
export function signalNginx(state: string, signal: NodeJS.Signals): void {
  for (const text of each(state, (folder) => readFileSync(`${folder}/run/nginx.pid`, 'utf8'))) {
    const pid = Number(text);
    if (!pid) continue; // not written yet, and 0 would be our own group
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Where the site of each server that serves one leads to. */
export const siteCopies = (state: string): readonly string[] =>
  each(state, (folder) => readlinkSync(`${folder}/site/current`));
