/** Runs the pinned CDK CLI for one environment. Not a wrapper around its output: the terminal is handed over. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** The CLI's exit code; 128 + the signal's number when it was ended by one. */
export function cdk(args: readonly string[], environment: string): Promise<number> {
  const child = spawn(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args, '-c', `env=${environment}`], {
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
