/** `npm run test:broken [-- WORD]`: breaks copies of the clone one rule at a time, as breakages.json says, and demands that the test named goes red. Never touches the clone. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of a file in a run of Jest, in ms. */
const LIMIT = 180_000;
/** What a run of the tests makes in a copy. */
const MADE = ['dist', '.holdfast/test-assemblies'];

const all = JSON.parse(readFileSync(join(import.meta.dirname, 'breakages.json'), 'utf8'));
const breakages = all.filter(({ rule, test }) => `${rule} ${test}`.includes(process.argv[2] ?? ''));
const work = mkdtempSync(join(tmpdir(), 'holdfast-broken-'));
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill();
  rmSync(work, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** What git would commit, with the packages of the clone. */
function copy(name) {
  const folder = join(work, name);
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  for (const path of listed.split('\0').filter(Boolean)) cpSync(path, join(folder, path));
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Puts what was made of the unbroken clone into a copy that may hold a broken one's. */
function restore(folder) {
  for (const path of MADE.filter((made) => existsSync(join(good, made)))) {
    rmSync(join(folder, path), { recursive: true, force: true });
    cpSync(join(good, path), join(folder, path), { recursive: true });
  }
}

const literal = (name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Templates cost seconds, and single constructs need none. */
const readsTemplates = (file) => /invariants|snapshot|stacks|runbooks/.test(file);

/** Jest's result for the tests with these names, or what it printed when it has none. Templates are of the environment `only`, or of all. */
async function jest(folder, files, names, only) {
  const out = join(folder, '.jest.json');
  rmSync(out, { force: true });
  const child = spawn(
    process.execPath,
    [
      'node_modules/jest/bin/jest.js',
      '--ci',
      '--json',
      `--outputFile=${out}`,
      `--testNamePattern=${names.map(literal).join('|')}`,
      '--runTestsByPath',
      ...files,
      ...(files.some(readsTemplates) ? [] : ['--globalSetup=']),
    ],
    {
      cwd: folder,
      // validation costs seconds a synthesis and no test of these reads it
      env: { ...process.env, CDK_VALIDATION: 'false', HOLDFAST_SYNTHESISE: only },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: LIMIT * files.length,
    },
  );
  running.add(child);
  let printed = '';
  child.stderr.on('data', (text) => {
    printed += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  running.delete(child);
  try {
    return JSON.parse(readFileSync(out, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, printed };
  }
}

/** Why the rule isn't proved; nothing when its test went red. */
async function unproved(folder, { file, find, replace, test, name }) {
  const path = join(folder, file);
  const source = readFileSync(path, 'utf8');
  const places = source.split(find).length - 1;
  if (places !== 1) return `${file}: expected the text to find once, got it ${places} times; mend breakages.json`;
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
  try {
    // nearly every rule is red in prod already: the other environments are made only when it isn't
    const quick = readsTemplates(test) ? await jest(folder, [test], [name], 'prod') : undefined;
    if (quick?.numFailedTests > 0) return undefined;
    const { numPassedTests, numFailedTests, printed } = await jest(folder, [test], [name]);
    if (numFailedTests > 0) return undefined;
    if (printed) return `${test}: expected a red test, got no run of it:\n${printed.slice(-2000)}`;
    return numPassedTests > 0
      ? `${test}: expected "${name}" to fail, got green; the rule has no test`
      : `${test}: expected a test named "${name}", got none; mend breakages.json`;
  } finally {
    writeFileSync(path, source);
    if (readsTemplates(test)) restore(folder);
  }
}

const good = copy('good');
const files = [...new Set(breakages.map(({ test }) => test))];
if (!files.some(readsTemplates))
  execFileSync(process.execPath, ['bin/build.mjs'], { cwd: good, stdio: ['ignore', 'ignore', 'inherit'] });
const whole = await jest(
  good,
  files,
  breakages.map(({ name }) => name),
);
if (whole.numFailedTests > 0 || whole.numPassedTests === 0) {
  console.error(
    `expected the copy to pass before it is broken, got ${whole.printed ?? `${whole.numFailedTests} failed tests`}; see npm test`,
  );
  process.exit(1);
}
const waiting = [...breakages];
let failed = 0;
await Promise.all(
  Array.from({ length: availableParallelism() }, async (_, index) => {
    const folder = copy(String(index));
    restore(folder);
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const why = await unproved(folder, next);
      if (why) failed++;
      console.log(why ? `NOT PROVED: ${next.rule}\n  ${why}` : `proved: ${next.rule} (${next.test}: ${next.name})`);
    }
  }),
);
console.log(`\n${breakages.length - failed} proved, ${failed} not proved`);
process.exit(failed > 0 ? 1 : 0);
