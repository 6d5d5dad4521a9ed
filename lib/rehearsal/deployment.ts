/** Brings the emulated account to what is built now, by the real CDK CLI; does nothing where it is so already. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/check';
import { EDGE_REGION } from '../config/edge-region';
import type { Environment } from '../config/environment';
import { standbyOf } from '../config/recovery';
import { assemblyFolder, type Cloud, cdk, outputs } from './aws';
import { tail } from './process';

interface Deploying {
  readonly config: Environment;
  readonly cloud: Cloud;
  /** Folder of the assembly, and of what is known of the last deployment. */
  readonly state: string;
  readonly logFile: string;
  /** Remember what was deployed. */
  readonly keep: boolean;
  /** Folder of an assembly that is synthesised already. @default the environment's, of what is built */
  readonly assembly?: string;
  readonly say: (step: string, logFile?: string) => void;
  readonly signal: AbortSignal | undefined;
}

type Outputs = Readonly<Record<string, string>>;

const filesBelow = (path: string): readonly string[] =>
  statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesBelow(join(path, name))) : [path];

/** Of all that a deployment is made of: equal digests, equal templates and assets. */
function digest(config: Environment): string {
  const made = ['dist', 'cdk.json', 'package-lock.json', 'lib/rehearsal/emulator'].flatMap(filesBelow).sort();
  const hash = createHash('sha256').update(JSON.stringify(config));
  for (const file of made) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

async function deployAnew({ config, cloud, state, logFile, assembly, say, signal }: Deploying): Promise<void> {
  const { name, region, recovery } = config;
  const run = async (step: string, ...args: readonly string[]) => {
    say(step, logFile);
    const { code } = await cdk(cloud, region, args, logFile, signal);
    if (code !== 0)
      throw new ConfigError(
        `${step}: expected cdk ${args[0]} to succeed, got exit code ${code} (${logFile}):\n${tail(logFile)}`,
      );
  };
  const regions = [region, EDGE_REGION, ...(recovery ? [recovery.region] : [])].map(
    (each) => `aws://${cloud.account}/${each}`,
  );
  await run('bootstrap', 'bootstrap', '--app', '', ...regions);
  const app = assembly
    ? ['--app', assembly, '--build', 'true'] // nothing more is built
    : ['--app', `"${process.execPath}" dist/app.js`, '-c', `env=${name}`, '--output', assemblyFolder(state)];
  await run(`deploy ${name}`, 'deploy', ...app, '--all', '--require-approval', 'never', '--concurrency', '4');
}

/** Resolves with the outputs of the stacks that the local system is joined to. */
export async function deploy(deploying: Deploying): Promise<{
  readonly backend: Outputs;
  /** Of the second region; none where no servers are meant to stand. */
  readonly standby?: Outputs;
  readonly edge: Outputs;
}> {
  const { config, cloud, state, keep, say } = deploying;
  const second = standbyOf(config);
  const stacks = async () => ({
    backend: await outputs(cloud, config.region, `Holdfast-${config.name}-Backend`),
    standby: second && (await outputs(cloud, second.region, `Holdfast-${config.name}-BackendRecovery`)),
    edge: await outputs(cloud, EDGE_REGION, `Holdfast-${config.name}-Edge`),
  });
  const mark = join(state, 'deployed');
  const wanted = digest(config);
  const same = existsSync(mark) && readFileSync(mark, 'utf8') === wanted;
  const found = same ? await stacks().catch(() => undefined) : undefined; // an account may have been lost
  if (found) {
    say(`${config.name} is deployed as it is built: nothing to deploy`);
    return found;
  }
  rmSync(mark, { force: true });
  await deployAnew(deploying);
  if (keep) writeFileSync(mark, wanted);
  return stacks();
}
