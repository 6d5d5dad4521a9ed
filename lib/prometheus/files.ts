/** All that a Prometheus and a Grafana of one's own need of an environment, by file name. Writes nothing. */
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Environment } from '../config/environment';
import { thresholdsOf } from '../config/thresholds';
import { grafanaDashboard } from './grafana';
import { mirroredRows, ownRows, ruleYaml } from './rules';

/** What a server's agent scrapes by; its targets are beside it here. */
const SCRAPE = 'app/server/prometheus.yml';
const FIRST_PORT = 8000;

/** As the first boot writes them, for a server of that name. @param addresses of the processes, host:port */
const targets = (environment: string, addresses: readonly string[]) =>
  addresses.map((address) => ({ targets: [address], labels: { environment, process: address.split(':')[1] } }));

/** @param addresses of the backend's processes, host:port @default those of one server */
export function prometheusFiles(config: Environment, addresses?: readonly string[]): Readonly<Record<string, string>> {
  const rows = { ...mirroredRows, ...ownRows };
  const thresholds = thresholdsOf(config);
  const scrape = parse(readFileSync(SCRAPE, 'utf8'));
  for (const { file_sd_configs } of scrape.scrape_configs) file_sd_configs[0].files = ['targets.json'];
  const processes = Array.from({ length: config.fleet.processes }, (_, index) => `127.0.0.1:${FIRST_PORT + index}`);
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    'prometheus.yml': stringify({ ...scrape, rule_files: ['rules.yml'] }),
    'targets.json': json(targets(config.name, addresses ?? processes)),
    'rules.yml': ruleYaml(rows, thresholds),
    'grafana.json': json(grafanaDashboard(config.name, rows, thresholds)),
  };
}
