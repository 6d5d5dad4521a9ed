/** Vite plugin of the build: names the release in the page, preloads the page's script, writes `service-worker.js` for that release. Not for the development server. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'vite';

interface Settings {
  readonly secondCdn: string;
  readonly worker: boolean;
}

/** Throws for a value that can't be meant. */
function settingsOf({
  VITE_SECOND_CDN: secondCdn = '',
  VITE_SERVICE_WORKER: worker = 'on',
}: Record<string, string>): Settings {
  if (secondCdn !== '' && !(URL.canParse(secondCdn) && new URL(secondCdn).origin === secondCdn))
    throw new Error(`VITE_SECOND_CDN: expected an origin such as https://cdn2.example.com, got '${secondCdn}'`);
  if (worker !== 'on' && worker !== 'off') throw new Error(`VITE_SERVICE_WORKER: expected on or off, got '${worker}'`);
  return { secondCdn, worker: worker === 'on' };
}

async function script(name: string, values: Readonly<Record<string, unknown>>): Promise<string> {
  const define = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, `worker/${name}.ts`)],
    bundle: true,
    minify: true,
    target: 'es2022',
    define,
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

export function release(): Plugin {
  let settings: Settings;
  let id = '';
  return {
    name: 'release',
    apply: 'build',
    enforce: 'post',
    configResolved({ env }) {
      settings = settingsOf(env);
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        id = createHash('sha256').update(html).digest('hex').slice(0, 12); // the page names all its assets by hash
        // the first view is made by the page's script, which alone would be fetched with low priority
        const preloads = Object.values(bundle)
          .filter((file) => file.type === 'chunk' && file.isEntry)
          .map(({ fileName }) => ({ rel: 'modulepreload', crossorigin: true, href: `/${fileName}` }))
          .map((attrs) => ({ tag: 'link', attrs, injectTo: 'head-prepend' as const }));
        const named = { tag: 'meta', attrs: { name: 'release', content: id }, injectTo: 'head' as const };
        return settings.worker ? [...preloads, named] : preloads;
      },
    },
    async generateBundle(_options, bundle) {
      const assets = Object.keys(bundle)
        .filter((name) => name.startsWith('assets/') && !name.endsWith('.map'))
        .map((name) => `/${name}`);
      const source = settings.worker
        ? await script('service-worker', { RELEASE: id, ASSETS: assets, SECOND_CDN: settings.secondCdn })
        : await script('removal', {});
      this.emitFile({ type: 'asset', fileName: 'service-worker.js', source });
    },
  };
}
