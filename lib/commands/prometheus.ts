/** `npm run prometheus -- --env NAME`: writes rules, scrape configuration and dashboard for a Prometheus and a Grafana of one's own. Deploys nothing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../config';
import { prometheusFiles } from '../prometheus/files';
import { called, parsed } from './arguments';

const USAGE = 'npm run prometheus -- [--env NAME] [--targets HOST:PORT,…] [--output FOLDER]';

export async function prometheus(words: readonly string[]): Promise<number> {
  const { environment: name, rest } = called(words);
  const { targets, output } = parsed(rest, { targets: { type: 'string' }, output: { type: 'string' } }, USAGE);
  const folder = output ?? `.holdfast/prometheus/${name}`;
  const files = prometheusFiles(environment(name), targets?.split(','));
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  console.log(
    `${Object.keys(files).join(', ')} in ${folder}. Look at it: prometheus --config.file ${folder}/prometheus.yml`,
  );
  return 0;
}
