/** What `npm run load` may be asked for: where, how much, how long, all of it bounded. Sends nothing. */
import { ConfigError } from '../../config/check';
import { parsed } from '../arguments';
import { isLoopback } from '../loopback';

const RATE = { least: 1, most: 500, usual: 20 };
const DURATION = { least: 1, most: 900, usual: 60 };

const USAGE = 'npm run load -- --url URL [--rate N] [--duration S] [--allow-remote]';
const HELP = `${USAGE}
  --url URL       of the site, as 'npm start' prints it: http://HOST:PORT/
  --rate N        requests a second, ${RATE.least} to ${RATE.most} (default ${RATE.usual}), reached after 10 s
  --duration S    seconds, ${DURATION.least} to ${DURATION.most} (default ${DURATION.usual})
  --allow-remote  allows a URL on another machine; every visitor registers a user there and places orders
Exit code 0 when p95 < 200 ms and errors < 1 %, else 1.`;

export interface LoadOptions {
  readonly url: URL;
  /** Requests a second, when the first visits are over. */
  readonly rate: number;
  /** Seconds. */
  readonly duration: number;
}

function number(name: string, text: string | undefined, { least, most, usual }: typeof RATE): number {
  const value = text === undefined ? usual : Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ConfigError(`--${name}: expected a whole number from ${least} to ${most}, got '${text}'`);
}

function address(text: string | undefined, remote: boolean): URL {
  const url = URL.canParse(text ?? '') ? new URL(text ?? '') : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname + url.search + url.hash !== '/' || url.username) {
    throw new ConfigError(`--url: expected http://HOST:PORT/ or https://HOST/, got ${text ? `'${text}'` : 'nothing'}`);
  }
  if (!remote && !isLoopback(url.hostname)) {
    throw new ConfigError(
      `--url: expected this machine, got ${url.hostname}; add --allow-remote if you may put load on that system`,
    );
  }
  return url;
}

const STRING = { type: 'string' } as const;
const FLAG = { type: 'boolean', default: false } as const;
const OPTIONS = { url: STRING, rate: STRING, duration: STRING, 'allow-remote': FLAG, help: FLAG };

/** The help text where that was asked for. Throws a ConfigError of one line for what can't be used. */
export function loadOptions(words: readonly string[]): LoadOptions | string {
  const { url, rate, duration, help, 'allow-remote': remote } = parsed(words, OPTIONS, USAGE);
  if (help) return HELP;
  return {
    url: address(url, remote),
    rate: number('rate', rate, RATE),
    duration: number('duration', duration, DURATION),
  };
}
