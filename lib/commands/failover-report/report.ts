/** The report as text: a table of what is computed, and one of what was measured; or both as JSON. */
import { table } from '../markdown';
import { MEASURED, MEASURED_ON } from './measured';
import type { Row } from './rows';
import { timesOf } from './times';

const s = (seconds: number | undefined, none: string) => (seconds === undefined ? none : `${seconds} s`);

const measured = MEASURED.map((one) => ({ ...one, ...timesOf(one) }));

export function reportText(environment: string, rows: readonly Row[]): string {
  const computed = table(
    ['what fails', 'serves meanwhile', 'serves after', 'detection', 'TTL', 'usually', 'at most'],
    rows.map(({ failure, meanwhile, after, detection, ttlS, usualS, atMostS }) => [
      failure,
      meanwhile,
      after,
      detection,
      s(ttlS, '–'),
      s(usualS, '–'),
      s(atMostS, 'until mended'),
    ]),
  );
  const real = table(
    ['step', 'checks', 'TTL', 'computed at most', 'measured, slowest visitor'],
    measured.map(({ step, intervalS, failures, ttlS, atMostS, slowestS }) => [
      step,
      `${intervalS} s × ${failures}`,
      s(ttlS, ''),
      s(atMostS, ''),
      s(slowestS, ''),
    ]),
  );
  return `Computed from the template of ${environment}:\n\n${computed}\n\nMeasured by \`npm run drill -- dns-failover\` (${MEASURED_ON}):\n\n${real}\n`;
}

export const reportJson = (environment: string, rows: readonly Row[]): string =>
  JSON.stringify({ environment, computed: rows, measured, measuredOn: MEASURED_ON });
