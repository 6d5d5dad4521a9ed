/** An emulated account with real PostgreSQL behind its RDS, in a folder of its own. Deploys nothing. */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { ACCOUNT, type Cloud } from '../../lib/rehearsal/aws';
import type { Instance } from '../../lib/rehearsal/database-events';
import type { DatabasesOptions } from '../../lib/rehearsal/database-servers';
import { Databases } from '../../lib/rehearsal/databases';
import type { RunningParts } from '../../lib/rehearsal/parts';
import { freePort } from '../../lib/rehearsal/ports';
import { startEmulator } from '../../lib/rehearsal/servers';
import type { Tools } from '../../lib/rehearsal/tools';
import { foundTools } from './backend';

/** @param state emptied @param first the one with a server from the start @param more other versions of PostgreSQL @default the one that is found */
export async function startDatabases(
  state: string,
  first: Instance,
  parts: RunningParts,
  more: (found: Tools) => Partial<Pick<DatabasesOptions, 'tools' | 'newer'>> = () => ({}),
): Promise<{ readonly databases: Databases; readonly cloud: Cloud }> {
  rmSync(state, { recursive: true, force: true });
  mkdirSync(`${state}/tmp`, { recursive: true });
  const found = await foundTools();
  const { add, end } = parts;
  const log = (part: string) => `${state}/${part}.log`;
  const databases = await Databases.listen(
    { tools: found, state: resolve(state), log, add, end, ...more(found) },
    first,
  );
  parts.before(() => databases.stop());
  const port = await freePort();
  const place = { port, logFile: log('emulator'), temporary: resolve(state, 'tmp'), account: ACCOUNT };
  await Promise.all([databases.begin(), add(startEmulator(found, { ...place, databases: databases.url }))]);
  return { databases, cloud: { endpoint: `http://127.0.0.1:${port}`, account: ACCOUNT, home: resolve(state) } };
}
