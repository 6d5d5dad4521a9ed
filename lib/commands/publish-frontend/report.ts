/** What a publication tells people: a bar while it runs, a summary at its end. To standard error what isn't the result. */
import type { Outcome, Progress } from '../../../lambda/release-publisher/publish';

const WIDTH = 30;
const NAMED = 20;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

export interface Bar extends Progress {
  end(): void;
}

export function bar(out: NodeJS.WriteStream = process.stderr): Bar {
  let drawn = false;
  const end = () => {
    if (drawn) out.write('\r\x1b[K');
    drawn = false;
  };
  return {
    say(text) {
      end();
      out.write(`${text}\n`);
    },
    sent(bytes, total) {
      if (!out.isTTY) return;
      const share = total > 0 ? bytes / total : 1;
      const filled = '#'.repeat(Math.round(WIDTH * share)).padEnd(WIDTH, '.');
      out.write(`\r[${filled}] ${Math.floor(share * 100)} % of ${megabytes(total)}`);
      drawn = true;
    },
    end,
  };
}

export const planned = ({ plan }: Outcome): string =>
  [
    ...(plan?.writes.map(({ path }) => `upload      ${path}`) ?? []),
    ...(plan?.removes.map((path) => `delete      ${path}`) ?? []),
    ...(plan?.invalidate.map((path) => `invalidate  ${path}`) ?? []),
  ].join('\n');

export function leftOutLine(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `left out: ${names.slice(0, NAMED).join(', ')}${more}`;
}

export function summary(bucket: string, outcome: Outcome, seconds: number, dryRun: boolean): string {
  const { release, uploaded, skipped, deleted, bytes, invalidated, plan } = outcome;
  const state = plan ? (dryRun ? 'would become' : 'is now') : 'was already';
  return `s3://${bucket} ${state} release ${release}: ${uploaded} uploaded (${megabytes(bytes)}), ${skipped} skipped, ${deleted} deleted, ${invalidated} paths invalidated, ${seconds.toFixed(1)} s`;
}
