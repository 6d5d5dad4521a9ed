/** `npm run load`: many simulated visitors against a running system, and whether it meets the guide's targets (GO-3). */
import { ConfigError } from '../../config/check';
import { judge, Measured, share } from './measured';
import { type LoadOptions, loadOptions } from './options';
import { visits } from './run';
import { connection, send } from './send';
import { VISIT, visitor } from './visit';

const LIMIT_HINT = `429: all of this load has one address there, and an address has its limits. For the test deploy that environment with higher
ones (fleet.requestsPer15Minutes and the firewall's requestsPer5Minutes in lib/config), or send less.`;

/** Throws a ConfigError unless the site's page comes from there. */
async function mustAnswer(url: URL): Promise<void> {
  const [page] = VISIT;
  const client = connection(url, 65_535);
  const { fault } = page ? await send(client, page, visitor('', 0)) : {};
  await client.destroy();
  if (fault) {
    throw new ConfigError(
      `--url: expected a system that answers at ${url.href}, got ${fault}; 'npm start' prints the address of its site`,
    );
  }
}

/** Every second over the same line of a terminal, else every tenth second. */
function progress({ duration }: LoadOptions, measured: Measured): () => void {
  const begin = Date.now();
  const { isTTY } = process.stderr;
  const say = () => {
    const { requests, errors, limited, p95Ms } = measured.all();
    const line = `${Math.round((Date.now() - begin) / 1000)} of ${duration} s: ${requests} requests, p95 ${p95Ms.toFixed(0)} ms, ${errors} errors${limited ? `, ${limited} × 429` : ''}`;
    process.stderr.write(isTTY ? `\r${line.padEnd(79)}` : `${line}\n`);
  };
  const timer = setInterval(say, isTTY ? 1000 : 10_000);
  return () => {
    clearInterval(timer);
    if (isTTY) process.stderr.write(`\r${' '.repeat(79)}\r`);
  };
}

function table(measured: Measured): string {
  const heads = ['kind', 'requests', 'errors', '429', 'p50 ms', 'p95 ms', 'p99 ms'];
  const rows = [...measured.kinds(), ['all', measured.all()] as const].map(
    ([kind, { requests, errors, limited, p50Ms, p95Ms, p99Ms }]) => [
      kind,
      requests,
      share(errors, requests - limited),
      limited,
      ...[p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(1)),
    ],
  );
  return [heads, ...rows]
    .map(([kind, ...cells]) => `${`${kind}`.padEnd(10)}${cells.map((cell) => `${cell}`.padStart(10)).join('')}`)
    .join('\n');
}

/** 0 when every target is met, 1 when not, 130 when somebody ended it early; throws a ConfigError for what the user can mend. */
export async function load(words: readonly string[]): Promise<number> {
  const options = loadOptions(words);
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  await mustAnswer(options.url);
  const { url, rate, duration } = options;
  console.log(`${url.href}: ${rate} requests/s for ${duration} s by a visitor every ${VISIT.length / rate} s`);
  const measured = new Measured();
  const early = new AbortController();
  process.once('SIGINT', () => early.abort());
  const done = progress(options, measured);
  await visits(options, measured, early.signal);
  done();

  console.log(`\n${table(measured)}\n`);
  for (const [reason, count] of measured.reasons().slice(0, 5)) console.log(`${count} × ${reason}`);
  const judged = judge(measured.all());
  for (const { claim, got, holds } of judged) console.log(`${holds ? 'pass' : 'FAIL'}  ${claim} (${got})`);
  if (measured.all().limited > 0) console.log(LIMIT_HINT);
  if (early.signal.aborted) return 130;
  return judged.every(({ holds }) => holds) ? 0 : 1;
}
