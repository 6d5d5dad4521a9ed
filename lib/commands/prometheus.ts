/** `npm run prometheus -- --env NAME`: writes rules, scrape configuration and dashboard for a Prometheus and a Grafana of one's own. Deploys nothing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ENVIRONMENT, environment } from '../config';
import { prometheusFiles } from '../prometheus/files';
import { parsed } from './arguments';

const USAGE = 'npm run prometheus -- [--env NAME] [--targets HOST:PORT,…] [--output FOLDER]';
const HELP = `${USAGE}
  --env NAME           environment (default ${DEFAULT_ENVIRONMENT})
  --targets HOST:PORT  processes to scrape, several by commas (default those of one server, on this machine)
  --output FOLDER      where the files go (default .holdfast/prometheus/NAME)`;

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function prometheus(words: readonly string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const options = { env: string, targets: string, output: string, help: { type: 'boolean', default: false } } as const;
  const { env = DEFAULT_ENVIRONMENT, targets, output, help } = parsed(words, options, USAGE);
  if (help) {
    console.log(HELP);
    return 0;
  }
  const folder = output ?? `.holdfast/prometheus/${env}`;
  const files = prometheusFiles(environment(env), targets?.split(','));
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  console.log(
    `${Object.keys(files).join(', ')} in ${folder}. Look at it: prometheus --config.file ${folder}/prometheus.yml`,
  );
  return 0;
}
