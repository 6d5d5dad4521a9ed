/** `npm run cost`: what an environment costs before traffic, from its templates and a dated price file, and what each mode of its second region does. Asks no account. */
import { join } from 'node:path';
import { DEFAULT_ENVIRONMENT, environment } from '../../config';
import { modeOf, modesOf } from '../../config/modes';
import { parsed } from '../arguments';
import { stacksOf } from '../assembly';
import { synthesised } from '../synthesised';
import { billOf } from './bill';
import { PRICES, readPrices, writePrices } from './prices';
import { refreshed } from './refresh';
import { reportJson, reportText } from './report';

const USAGE = 'npm run cost -- [--env NAME] [--json | --refresh]';
const HELP = `${USAGE}
  --env NAME  environment (default ${DEFAULT_ENVIRONMENT})
  --json      one line of JSON
  --refresh   reads the prices that the environment needs from AWS's public price lists into ${PRICES}:
              no credentials, but EC2's list of a region is some hundred MB`;

/** @param path of the price file. Returns the exit code, 1 where something has no price; throws a ConfigError for what the user can mend. */
export async function cost(words: readonly string[], path = PRICES): Promise<number> {
  const flag = { type: 'boolean', default: false } as const;
  const options = { env: { type: 'string' }, json: flag, refresh: flag, help: flag } as const;
  const { env = DEFAULT_ENVIRONMENT, json, refresh, help } = parsed(words, options, USAGE);
  if (help) {
    console.log(HELP);
    return 0;
  }
  const config = environment(env); // before any work: a wrong name needs none
  const file = readPrices(path);
  const read = (folder: string) => billOf(stacksOf(folder), file, config.region);
  const bills = synthesised(
    env,
    (folder) => modesOf(config).map((mode) => [mode, read(join(folder, mode))] as const),
    'dist/bin/recovery-modes.js',
  );
  const own = bills.find(([mode]) => mode === modeOf(config))?.[1];
  if (!own) throw new Error(`${env}: expected a bill of mode '${modeOf(config)}', got none`);
  if (refresh) {
    const { prices, lines } = await refreshed(
      file,
      bills.flatMap(([, bill]) => bill.needs),
    );
    writePrices(prices, path);
    console.log(lines.join('\n'));
    return 0;
  }
  const without = bills[0]?.[1].usd ?? 0;
  const modes = bills.map(([mode, { usd, byPart, notPriced }]) => ({
    mode,
    usd,
    byPart,
    notPriced,
    more: usd - without,
  }));
  const costs = { environment: env, bill: own, modes: config.recovery ? modes : [] };
  console.log(json ? reportJson(costs) : reportText(costs, file));
  return own.notPriced.length > 0 ? 1 : 0;
}
