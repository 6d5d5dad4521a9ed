/** `npm run bench:synth`: synthesis as here (esbuild, node) beside the way of `cdk init` (tsc, tsx), in turn on the same stacks. Judges nothing. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const RUNS = 5;
const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
const env = {
  ...process.env,
  CDK_VALIDATION: 'false',
  CDK_OUTDIR: '.holdfast/bench',
  CDK_CONTEXT_JSON: JSON.stringify({ ...context, env: 'prod' }),
};
const BUILD =
  "require('esbuild').buildSync({ entryPoints: ['bin/app.ts'], bundle: true, platform: 'node', target: 'node20', packages: 'external', outfile: '.holdfast/bench.js' })";
const WAYS = {
  holdfast: `node -e "${BUILD}" && node .holdfast/bench.js`,
  'cdk init': 'npx tsc && npx tsx bin/app.ts',
};

function measured(command) {
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', `TIMEFORMAT='time %R %U %S'; time { ${command}; } >/dev/null 2>&1`],
    { env, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`expected '${command}' to succeed, got exit code ${status}`);
  const [, wall, user, system] = /time (\S+) (\S+) (\S+)/.exec(stderr).map(Number);
  return { wall, cpu: user + system };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const rounds = Array.from({ length: RUNS + 1 }, () => Object.values(WAYS).map(measured)).slice(1); // the first warms up

console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}, ${RUNS} pairs, medians in seconds`);
for (const figure of ['wall', 'cpu']) {
  const [ours, theirs] = [0, 1].map((way) => median(rounds.map((round) => round[way][figure])));
  const ratio = median(rounds.map(([a, b]) => a[figure] / b[figure]));
  console.log(`${figure}: holdfast ${ours.toFixed(2)}, cdk init ${theirs.toFixed(2)}, ratio ${ratio.toFixed(2)}`);
}
