/** The report of a game day as Markdown: filled from what was measured, with room for what only people know. */
import type { Experiment } from '../../../constructs/game-days/experiment';
import { table } from '../markdown';
import { findings, type Measured, type Series } from './judge';

export interface Told extends Measured {
  readonly environment: string;
  readonly name: string;
  readonly experiment: Experiment;
  /** Id of the experiment, for FIS's own log. */
  readonly id: string;
  readonly who: string;
}

const clock = (at: number) => new Date(at).toISOString().slice(11, 19);
const number = (value: number) => `${Number(value.toPrecision(3))}`;

/** Least and most of a stretch; '–' for none. */
function span({ points }: Series, from: number, to: number): string {
  const values = points.filter(([at]) => at >= from && at < to).map(([, value]) => value);
  if (values.length === 0) return '–';
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? number(least) : `${number(least)} – ${number(most)}`;
}

export function reportText(told: Told): string {
  const { environment, name, experiment, id, who, begun, ended, until, series, changes } = told;
  const found = findings(experiment, told);
  const verdict = found.every(({ holds }) => holds) ? 'held' : 'did not hold';
  const seen = changes.filter(({ at }) => at >= begun && at <= until);
  return `# Game day: ${name} on ${environment}, ${new Date(begun).toISOString().slice(0, 10)}

${experiment.about}

**Hypothesis.** ${experiment.hypothesis}

**It ${verdict}.** Begun ${clock(begun)} UTC by ${who}, over ${clock(ended)}, watched until ${clock(until)}; experiment ${id}.

${table(
  ['demand', 'measured', 'held'],
  found.map(({ demand, measured, holds }) => [demand, measured, holds ? 'yes' : '**no**']),
)}

## Alarms
${
  seen.length === 0
    ? 'None changed its state.'
    : table(
        ['UTC', 'alert', 'state'],
        seen.map(({ at, alert, critical, state }) => [clock(at), alert + (critical ? ' (critical)' : ''), state]),
      )
}

## Figures
Least and most of a minute's value.

${table(
  ['metric of', 'threshold', 'before', 'during', 'after'],
  series.map((each) => [
    each.alert,
    number(each.threshold),
    span(each, 0, begun),
    span(each, begun, ended),
    span(each, ended, until),
  ]),
)}

The same on one machine: ${experiment.twins.map((twin) => `\`npm run drill -- ${twin}\``).join(', ')}.

## For people to fill in
- Who was there, and who noticed first, by what:
- What surprised us:
- What visitors would have seen:
- Runbooks that were followed; what was wrong or missing in them:
- What is changed, by whom, until when:
`;
}
