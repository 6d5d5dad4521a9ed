/** The built handler of the custom resource in a process of its own, as Lambda starts it; CloudFormation is a server that hears its answer. Linux only. */
import { execFile } from 'node:child_process';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { SiteProperties } from '../../lambda/release-publisher/deployment';
import { end, listen, portOf } from './nginx';

export interface Handled {
  readonly Status: string;
  readonly Reason?: string;
  /** Its largest resident size, in bytes. */
  readonly resident: number;
  readonly cpuSeconds: number;
}

const SCRIPT = `require('./dist/lambda/release-publisher').handler(JSON.parse(process.argv[1])).then(() => {
  const { user, system } = process.cpuUsage();
  const status = require('node:fs').readFileSync('/proc/self/status', 'utf8'); // resourceUsage() counts the parent, too
  console.log(JSON.stringify({ resident: 1024 * /VmHWM:\\s+(\\d+) kB/.exec(status)[1], cpuSeconds: (user + system) / 1e6 }));
});`;

/** A creation with these properties. */
export async function handleSite(now: SiteProperties, env: Readonly<Record<string, string>>): Promise<Handled> {
  let answer: unknown;
  const cloudformation = await listen(async (asked, response) => {
    answer = await json(asked);
    response.end();
  });
  const event = {
    RequestType: 'Create',
    ResponseURL: `http://127.0.0.1:${portOf(cloudformation)}/`,
    StackId: 'stack',
    LogicalResourceId: 'resource',
    ResourceProperties: now,
  };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', SCRIPT, JSON.stringify(event)], { env });
    return { ...(answer as Handled), ...JSON.parse(stdout.trim().split('\n').at(-1) ?? '') };
  } finally {
    await end(cloudformation);
  }
}
