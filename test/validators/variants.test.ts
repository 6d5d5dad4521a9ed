/** Validators over what is off in every environment. Apart from those, so that both run at once. */
import { environment } from '../../lib/config';
import type { Environment } from '../../lib/config/environment';
import { OPTIONS } from '../support/options';
import { WITH_SERVICES } from '../support/services';
import { keepsTheRules } from '../support/validate';

const VARIANTS: readonly (readonly [string, Environment])[] = [
  ['prod-with-services-and-dumps', { ...WITH_SERVICES, database: { ...WITH_SERVICES.database, dump: { days: 35 } } }],
  [OPTIONS.name, OPTIONS],
  [
    'dev-with-opensearch',
    {
      ...environment('dev'),
      logs: {
        openSearch: {
          endpoint: 'https://logs.example.com',
          domainArn: 'arn:aws:es:eu-west-1:111111111111:domain/logs',
        },
      },
    },
  ],
];

describe.each(VARIANTS)('%s', keepsTheRules);
