/** `npm run bench:synth`: synthesis as here (esbuild, node) beside the way of `cdk init` (tsc, tsx), in turn on the same stacks; then production beside the same without its second region. Judges nothing. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { text } from 'node:stream/consumers';
import { peakMemory } from './memory.mjs';

const RUNS = 5;
const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
const env = {
  ...process.env,
  CDK_VALIDATION: 'false',
  CDK_OUTDIR: '.holdfast/bench',
  CDK_CONTEXT_JSON: JSON.stringify({ ...context, env: 'prod' }),
};
const bundled = (entry) =>
  `node -e "require('esbuild').buildSync({ entryPoints: ['${entry}'], bundle: true, platform: 'node', target: 'node20', packages: 'external', outfile: '.holdfast/bench.js' })" && node .holdfast/bench.js`;
const TOOLS = { holdfast: bundled('bin/app.ts'), 'cdk init': 'npx tsc && npx tsx bin/app.ts' };
const REGIONS = { 'two regions': bundled('bin/app.ts'), one: bundled('test/bench/one-region.ts') };

const started = (command) =>
  spawn('bash', ['-c', `TIMEFORMAT='time %R %U %S'; time { ${command}; } >/dev/null 2>&1`], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });

async function ended(child) {
  const [said, code] = await Promise.all([text(child.stderr), new Promise((resolve) => child.once('close', resolve))]);
  if (code !== 0) throw new Error(`expected '${child.spawnargs.at(-1)}' to succeed, got exit code ${code}`);
  return said;
}

async function timed(command) {
  const [, wall, user, system] = /time (\S+) (\S+) (\S+)/.exec(await ended(started(command))).map(Number);
  return { 'wall s': wall, 'cpu s': user + system };
}

/** In a run of its own: looking costs CPU that would stand in the other figures. */
async function weighed(command) {
  const child = started(command);
  const [bytes] = await Promise.all([peakMemory(child.pid, child), ended(child)]);
  return { 'memory MB': bytes / 1e6 };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function rounds(ways, measure, count) {
  const pairs = [];
  for (let round = 0; round < count; round++) {
    const pair = [];
    for (const command of Object.values(ways)) pair.push(await measure(command));
    pairs.push(pair);
  }
  return pairs;
}

function report(ways, pairs) {
  const names = Object.keys(ways);
  for (const figure of Object.keys(pairs[0][0])) {
    const medians = names.map((name, way) => `${name} ${median(pairs.map((pair) => pair[way][figure])).toFixed(2)}`);
    const ratio = median(pairs.map(([a, b]) => a[figure] / b[figure]));
    console.log(`${figure}: ${medians.join(', ')}, ratio ${ratio.toFixed(2)}`);
  }
}

console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}, ${RUNS} pairs, medians`);
for (const ways of [TOOLS, REGIONS]) {
  await rounds(ways, timed, 1); // warms up
  report(ways, await rounds(ways, timed, RUNS));
  if (process.platform === 'linux') report(ways, await rounds(ways, weighed, RUNS));
  else console.log('memory: not measured, needs /proc');
}
