/** How many servers each service has at least, by its name: workers too, where they have some of their own. */
import type { Environment } from './environment';

export const minimumsOf = ({ fleet, services = [], workers }: Environment): Readonly<Record<string, number>> => ({
  backend: fleet.min,
  ...Object.fromEntries(services.flatMap(({ name, fleet: own }) => (own ? [[name, own.min]] : []))),
  ...(workers.group && { workers: workers.group.min }),
});
