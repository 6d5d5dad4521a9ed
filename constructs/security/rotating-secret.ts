/** A secret `{current, previous?}` whose users accept both values, so that one may replace the other. Makes the first; rotates nothing. */
import { Secret, type SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { exempt } from '../exemptions';

export class RotatingSecret extends Secret {
  constructor(scope: Construct, id: string, props: Omit<SecretProps, 'generateSecretString'>) {
    super(scope, id, {
      ...props,
      generateSecretString: {
        secretStringTemplate: '{}', // no `previous`: a fixed one would be a password everybody knows
        generateStringKey: 'current',
        excludePunctuation: true,
        passwordLength: 48,
      },
    });
    exempt(this, 'rotation');
  }
}
