/** `node bin/run.mjs NAME …`: runs bin/NAME.ts without a build, for commands that may run twice at once and whose start counts. */
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const [name = '', ...words] = process.argv.slice(2);
const { outputFiles } = await build({
  entryPoints: [`bin/${name}.ts`],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  packages: 'external',
  supported: { 'dynamic-import': false },
  sourcemap: 'inline',
  write: false,
});
process.argv = [process.argv[0], name, ...words];
new Function('require', outputFiles[0].text)(createRequire(import.meta.url));
