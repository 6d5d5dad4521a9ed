/** `node bin/run.mjs NAME …`: runs bin/NAME.ts without a build, for commands that may run twice at once and whose start counts. What was bundled is kept until a source changes. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [name = '', ...words] = process.argv.slice(2);
const kept = `dist/run/${name}.json`;
const changedAt = (path) => statSync(path).mtimeMs;

function known() {
  try {
    const { inputs, text } = JSON.parse(readFileSync(kept, 'utf8'));
    return Object.entries(inputs).every(([path, time]) => changedAt(path) === time) ? text : undefined;
  } catch {
    return undefined;
  }
}

async function bundled() {
  const { build } = await import('esbuild'); // costs 70 ms
  const { outputFiles, metafile } = await build({
    entryPoints: [`bin/${name}.ts`],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    supported: { 'dynamic-import': false },
    sourcemap: 'inline',
    metafile: true,
    write: false,
  });
  const inputs = Object.fromEntries(Object.keys(metafile.inputs).map((path) => [path, changedAt(path)]));
  const [{ text }] = outputFiles;
  mkdirSync('dist/run', { recursive: true });
  writeFileSync(`${kept}.${process.pid}`, JSON.stringify({ inputs, text }));
  renameSync(`${kept}.${process.pid}`, kept); // whole, also for another one that starts now
  return text;
}

const text = known() ?? (await bundled());
process.argv = [process.argv[0], name, ...words];
new Function('require', text)(createRequire(import.meta.url));
