/** How every command of ours ends: its exit code, or what a user can mend as one message without a stack trace. */
import { ConfigError } from '../config/config-error';

interface Failure {
  readonly name?: string;
  readonly message?: string;
  /** Of Node, such as 'ECONNREFUSED'. */
  readonly code?: string;
  /** Whoever AWS says is at fault. */
  readonly $fault?: string;
}

const UNREACHED = /^E(CONN|NOTFOUND|TIMEDOUT|AI_|HOST|NET|PIPE)/;

/** What to print of an error: nothing but its message where a user can act on it; the error itself where the fault is ours. */
export function printed(error: unknown): unknown {
  if (error instanceof ConfigError) return error.message;
  const { name, message = '', code = '', $fault } = error as Failure;
  const line = message.split('\n')[0];
  if ($fault) return `AWS: expected it to be allowed and done, got ${name}: ${line}; mend that and come again`;
  if (name === 'TimeoutError' || UNREACHED.test(code))
    return `network: expected an answer, got ${[code || name, line].filter(Boolean).join(': ')}; check the network, HTTPS_PROXY and AWS's health, and come again`;
  return error;
}

export async function run(command: () => Promise<number>): Promise<void> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'; // engines says which versions are tested
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(printed(error));
    process.exitCode = 1;
  }
}
