/** `HOLDFAST_S3=versitygw npm run bench:publish [-- [--runs N] [publications|visits|puts|many|large]…]`: the publisher beside its peers on a real S3 server that is 20 ms away. Judges nothing. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { run } from '../../../lib/commands/run';
import { ConfigError } from '../../../lib/config/check';
import { accessLog, bucketAt, makeBucket, type S3, startS3 } from '../../support/s3';
import { zipOf } from '../../support/zip';
import { LIMITS } from './limits';
import { makeFolders, siteFiles, touch } from './site';
import { NAMES, publishWith, type Tool } from './tools';
import { visitsDuring } from './visits';

const STATE = '.holdfast/bench-publish';
const PLAIN = { contentType: '', cacheControl: '' };
const ROUND_TRIP_MS = 20;
const SITE = { files: 2000, megabytes: 120 };
const CHANGE = '1 % changed';
/** What is published one after another into an empty bucket. */
const STEPS = [
  ['first', 'before'],
  ['no change', 'before'],
  [CHANGE, 'after'],
] as const;
const PHASES = [...new Set(STEPS.map(([phase]) => phase))];
type Phase = (typeof PHASES)[number];

interface Measured {
  readonly tool: Tool;
  readonly phase: Phase;
  readonly seconds: number;
  readonly requests: number;
  readonly puts: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function delayed(server: S3) {
  const child = spawn(
    process.execPath,
    ['test/bench/publish/delay.mjs', new URL(server.endpoint).port, `${ROUND_TRIP_MS}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [port] = await once(child.stdout, 'data');
  return { endpoint: `http://127.0.0.1:${`${port}`.trim()}`, stop: () => child.kill() };
}

const PUT = / s3_(?:PutObject|UploadPart|CopyObject) /;

/** Requests since the last call, from the server's own log. */
function counter() {
  let known = 0;
  return () => {
    const lines = readFileSync(accessLog(STATE), 'utf8').trim().split('\n');
    const since = lines.slice(known);
    known = lines.length;
    return { requests: since.length, puts: since.filter((line) => PUT.test(line)).length };
  };
}

/** In another order each time, so that what else the machine does strikes all. */
async function measure(server: S3, endpoint: string, runs: number): Promise<readonly Measured[]> {
  const folders = makeFolders(STATE, SITE);
  for (const version of ['before', 'after'])
    await bucketAt(server.endpoint, 'assets').put(
      `${version}.zip`,
      PLAIN,
      await zipOf(siteFiles(SITE, version === 'after')),
    );
  const found: Measured[] = [];
  const count = counter();
  for (let round = 0; round < runs; round++) {
    for (const at of NAMES.keys()) {
      const tool = NAMES[(at * (1 + (round % (NAMES.length - 1))) + round) % NAMES.length] as Tool; // five is prime: each has other neighbours
      const bucket = `site-${round}-${at}`;
      await makeBucket(server.endpoint, bucket);
      for (const [phase, version] of STEPS) {
        const folder = folders[version];
        if (phase === CHANGE) touch(folder, SITE);
        count();
        const seconds = await publishWith(tool, { endpoint, bucket, folder, zip: `${version}.zip` });
        found.push({ tool, phase, seconds, ...count() });
        console.error(`${round + 1}/${runs} ${tool}, ${phase}: ${seconds.toFixed(2)} s`);
      }
    }
  }
  return found;
}

function report(found: readonly Measured[], runs: number): void {
  console.log(`\n${SITE.files} files, ${SITE.megabytes} MB, ${ROUND_TRIP_MS} ms away; ${runs} runs in turn, medians`);
  console.log(`${''.padEnd(14)}${'tool'.padEnd(18)}seconds  holdfast is  requests   PUTs`);
  for (const phase of PHASES) {
    const of = (tool: Tool) => found.filter((each) => each.tool === tool && each.phase === phase);
    const ours = of('holdfast');
    for (const tool of NAMES) {
      const theirs = of(tool);
      const ratio = median(theirs.map(({ seconds }, run) => (ours[run]?.seconds ?? 0) / seconds));
      const { requests = 0, puts = 0 } = theirs.at(-1) ?? {};
      console.log(
        `${phase.padEnd(14)}${tool.padEnd(18)}${median(theirs.map(({ seconds }) => seconds))
          .toFixed(2)
          .padStart(7)}` +
          `${`${ratio.toFixed(2)} ×`.padStart(13)}${`${requests}`.padStart(10)}${`${puts}`.padStart(7)}`,
      );
    }
  }
}

async function visits(server: S3, endpoint: string): Promise<void> {
  console.log('\npage loads during releases, broken of all');
  for (const tool of NAMES.filter((name) => name !== 'without npm')) {
    const { loads, broken } = await visitsDuring(tool, server.endpoint, endpoint, STATE);
    console.log(`${tool.padEnd(18)}${broken} of ${loads}`);
  }
}

const firstLine = (command: string, ...args: readonly string[]) =>
  execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0];

run(async () => {
  const { values, positionals } = parseArgs({
    options: { runs: { type: 'string', default: '3' } },
    allowPositionals: true,
  });
  if (!process.env.HOLDFAST_S3)
    throw new ConfigError(
      'HOLDFAST_S3: expected the path of versitygw, got nothing; go install github.com/versity/versitygw/cmd/versitygw@latest',
    );
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${firstLine('rclone', 'version')}`);
  const runs = Number(values.runs);
  const server = await startS3(STATE);
  const far = await delayed(server);
  const parts: Readonly<Record<string, () => Promise<void>>> = {
    publications: async () => report(await measure(server, far.endpoint, runs), runs),
    visits: () => visits(server, far.endpoint),
    ...Object.fromEntries(
      Object.entries(LIMITS).map(([name, measured]) => [name, () => measured(server.endpoint, STATE)] as const),
    ),
  };
  try {
    await makeBucket(server.endpoint, 'assets');
    for (const part of positionals.length > 0 ? positionals : Object.keys(parts)) await parts[part]?.();
  } finally {
    far.stop();
    await server.stop();
  }
  return 0;
});
