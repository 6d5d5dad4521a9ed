/** Synthesises an environment into a folder of its own and reads it, for commands that look at templates. Deploys nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error';

/**
 * What `read` makes of the assembly's folder, which is gone then. By the variables with which the CDK CLI speaks to an application.
 * @param app the application @default the one that is deployed
 */
export function synthesised<T>(name: string, read: (folder: string) => T, app = 'dist/app.js'): T {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-synth-'));
  try {
    const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
    const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ ...context, env: name }) };
    const { status, stderr } = spawnSync(process.execPath, [app], { env, encoding: 'utf8' });
    if (status !== 0) throw new ConfigError(`${name}: expected it to synthesise, got:\n${stderr}`);
    return read(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
