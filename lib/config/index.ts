/** The environments by name: the only place that knows which there are. */
import { ConfigError, checked } from './check';
import { dev } from './dev';
import type { Environment } from './environment';
import { prod } from './prod';
import { staging } from './staging';

const ENVIRONMENTS: Readonly<Record<string, Environment>> = { dev, staging, prod };

export const ENVIRONMENT_NAMES = Object.keys(ENVIRONMENTS);
export const DEFAULT_ENVIRONMENT = 'dev';

/** The checked environment of that name; throws a ConfigError that names the known ones, or lists all faults of its file. */
export function environment(name: string = DEFAULT_ENVIRONMENT): Environment {
  const found = Object.hasOwn(ENVIRONMENTS, name) ? ENVIRONMENTS[name] : undefined;
  if (!found) {
    throw new ConfigError(`environment: expected one of ${ENVIRONMENT_NAMES.join(', ')}, got ${JSON.stringify(name)}`);
  }
  return checked(found, `lib/config/${name}.ts`);
}
