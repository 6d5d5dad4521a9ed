/** Builds everything that is deployed or run into `dist/`: CDK application, commands, Lambdas, backend, site, and their archives; with the word `commands` the first two alone, into a `dist/` that is there. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { build as vite } from 'vite';
import { archive } from './archive.mjs';

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: 'linked',
  logLevel: 'warning',
  preserveSymlinks: true, // else names of modules in a bundle tell where the packages lie
};

const folders = (root) =>
  existsSync(root) ? readdirSync(root).filter((name) => existsSync(join(root, name, 'index.ts'))) : [];

/** Our own commands and the CDK application: run from the clone, so packages stay outside. */
const commands = () =>
  build({
    ...shared,
    entryPoints: Object.fromEntries(
      readdirSync('bin')
        .filter((name) => name.endsWith('.ts'))
        .map((name) => [name === 'app.ts' ? 'app' : `bin/${name.slice(0, -3)}`, `bin/${name}`]),
    ),
    outdir: 'dist',
    packages: 'external',
  });

/** What the preview of a dashboard runs in the browser that shows it. */
const dashboardPage = () =>
  build({
    ...shared,
    sourcemap: false,
    minify: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    entryPoints: ['lib/commands/dashboard/page/browser.ts'],
    outfile: 'dist/dashboard.js',
  });

/** Handlers run in Lambda, which brings the AWS SDK. No source map: it would differ with the clone's path. */
const handlers = () =>
  build({
    ...shared,
    sourcemap: false,
    minify: true,
    target: 'node24',
    entryPoints: Object.fromEntries(folders('lambda').map((name) => [`${name}/index`, `lambda/${name}/index.ts`])),
    outdir: 'dist/lambda',
    external: ['@aws-sdk/*'],
  });

/** The first that exists: an application may be written in either. */
const source = (name) => ['ts', 'mjs', 'js'].map((ending) => `app/${name}.${ending}`).find(existsSync);

/** A native module is made for this machine's processor; the servers have another one. */
const noNativeModules = {
  name: 'no native modules',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\.node$|^(node-gyp-build|bindings|@mapbox\/node-pre-gyp)$/ }, ({ path, importer }) => {
      const text = `${relative('.', importer)}: expected JavaScript, which runs on any processor, got the native module '${path}'; take a package in JavaScript or WebAssembly`;
      return { errors: [{ text }] };
    }),
};

/** Of the workload: one file with all its packages. */
const program = async (name, outfile) => {
  const entry = source(name);
  const plugins = [noNativeModules];
  if (entry) await build({ ...shared, sourcemap: false, entryPoints: [entry], outfile, plugins });
  return entry;
};

const backend = async () => {
  await program('backend/accounts/password-worker', 'dist/backend/password-worker.js'); // a thread of the sample's
  await program('backend/tracing/tracing', 'dist/backend/tracing.js'); // loaded where they are on
  await program('backend/error-reports/reports', 'dist/backend/error-reports.js');
  if (await program('backend/server', 'dist/backend/server.js')) return;
  console.error('app/backend: expected server.ts, server.mjs or server.js, got none; see docs/backend.md');
  process.exit(1);
};

/** Optional: an application may have no jobs. */
const worker = () => program('worker/worker', 'dist/worker/worker.js');

/** With its packages: a server has none. No names of files in it, as in the Lambdas. */
const siteCopy = () => program('server/site-copy', 'dist/server/site-copy.js');

/** Each folder of app/services is one, if it has a server. */
const services = () =>
  Promise.all(
    (existsSync('app/services') ? readdirSync('app/services') : []).map((name) =>
      program(`services/${name}/server`, `dist/services/${name}/server.js`),
    ),
  );

const smoke = () => program('smoke', 'dist/smoke.js');

const frontend = () => vite({ root: 'app/frontend', configFile: 'app/frontend/vite.config.mts', logLevel: 'warn' });

const files = (root) =>
  statSync(root).isDirectory() ? readdirSync(root).flatMap((name) => files(join(root, name))) : [root];

const entries = (root, prefix) => files(root).map((path) => ({ name: join(prefix, relative(root, path)), path }));

async function pack(target, contents) {
  const bytes = await archive(contents);
  writeFileSync(target, bytes);
  return createHash('sha256').update(bytes).digest('hex');
}

const everything = () => {
  rmSync('dist', { recursive: true, force: true });
  mkdirSync('dist');
  return Promise.all([
    commands(),
    dashboardPage(),
    handlers(),
    backend(),
    worker(),
    services(),
    siteCopy(),
    smoke(),
    frontend(),
  ]);
};

const commandsAlone = process.argv[2] === 'commands';
try {
  await (commandsAlone ? commands() : everything());
} catch (error) {
  if (!('errors' in error)) throw error;
  process.exit(1); // esbuild has printed them
}
if (commandsAlone) process.exit();
if (existsSync('app/backend/migrations'))
  cpSync('app/backend/migrations', 'dist/backend/migrations', { recursive: true });
const answering = existsSync('dist/services') ? readdirSync('dist/services').map((name) => `services/${name}`) : [];
for (const folder of ['backend', ...answering])
  if (existsSync(`app/${folder}/warm-up.json`)) cpSync(`app/${folder}/warm-up.json`, `dist/${folder}/warm-up.json`);
const release = await pack('dist/release.tar', [
  ...entries('dist/backend', 'backend'),
  ...(existsSync('dist/worker') ? entries('dist/worker', 'worker') : []),
  ...(existsSync('dist/services') ? entries('dist/services', 'services') : []),
  ...entries('dist/frontend', 'site'),
]);
const server = await pack('dist/server.tar', [
  ...entries('app/server', '').filter(({ name }) => !name.endsWith('.ts')),
  ...entries('dist/server', ''),
]);
const meta = { release: { id: release.slice(0, 12), sha256: release }, server: { sha256: server } };
writeFileSync('dist/meta.json', `${JSON.stringify(meta, null, 2)}\n`);
