/** What CloudWatch masks in a log group when a line holds it after all. The first net is the writer's: see app/backend/http/personal.ts. */
import { CustomDataIdentifier, DataIdentifier, DataProtectionPolicy } from 'aws-cdk-lib/aws-logs';

/** CloudWatch knows no groups and no colons in these: a dot stands for it. */
const SECRETS = [
  new CustomDataIdentifier('Token', 'eyJ[a-zA-Z0-9_-]+[.][a-zA-Z0-9_-]+[.][a-zA-Z0-9_-]+'),
  new CustomDataIdentifier('Session', 'sess.[a-zA-Z0-9_-]{43}'),
];

/** Read in the clear only by who may `logs:Unmask`. About 0.12 USD a GB written. @param addresses Whether addresses are masked too. */
export const personalData = ({ addresses }: { readonly addresses: boolean }): DataProtectionPolicy =>
  new DataProtectionPolicy({
    identifiers: [DataIdentifier.EMAILADDRESS, ...(addresses ? [DataIdentifier.IPADDRESS] : []), ...SECRETS],
  });
