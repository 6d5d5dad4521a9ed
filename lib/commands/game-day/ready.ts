/** What must be so before something is hurt on purpose, and why it isn't now. Begins nothing. */
import type { Environment } from '../../config/environment';
import type { Deployed } from './deployed';

/** Somebody is there to mend, also when it takes longer: Monday to Friday, on this machine's clock. */
const OFFICE = { from: 9, to: 16 } as const;

export const inOffice = (now: Date): boolean =>
  now.getDay() >= 1 && now.getDay() <= 5 && now.getHours() >= OFFICE.from && now.getHours() < OFFICE.to;

const RUNNING = ['pending', 'initiating', 'running', 'stopping'];

/** Reasons against it, each with its mend; none when all is well. */
export async function obstacles(
  { confirm, name }: Pick<Environment, 'confirm' | 'name'>,
  { ringing, underWay, fis, template }: Deployed,
  names: readonly string[],
  now: Date,
): Promise<readonly string[]> {
  const [alarms, moving, experiments] = await Promise.all([ringing(), underWay(), fis.all()]);
  const own = names.map(template);
  const other = experiments.filter(
    ({ state, experimentTemplateId }) => RUNNING.includes(state.status) && own.includes(experimentTemplateId),
  );
  return [
    ...(confirm
      ? [`${name}: expected an environment that nobody depends on, got one that asks before deployments`]
      : []),
    ...(inOffice(now)
      ? []
      : [`time: expected Monday to Friday, ${OFFICE.from}:00 to ${OFFICE.to}:00, got ${now.toString().slice(0, 21)}`]),
    ...alarms.map((alarm) => `alarms: expected none in ALARM, got ${alarm}; mend that first`),
    ...moving.map((what) => `rollouts and failovers: expected none under way, got ${what}; wait for its end`),
    ...other.map(({ id }) => `experiments: expected none under way, got ${id}; wait for its end`),
  ];
}
