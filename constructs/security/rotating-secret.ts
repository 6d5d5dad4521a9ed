/** A secret `{current, next?, previous?}` whose users accept all values and sign by `current`. Makes the first; `Rotation` moves them. */
import { Secret, type SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { exempt } from '../exemptions';

export class RotatingSecret extends Secret {
  constructor(scope: Construct, id: string, props: Omit<SecretProps, 'generateSecretString'>) {
    super(scope, id, {
      ...props,
      generateSecretString: {
        secretStringTemplate: '{}', // neither of the others: a fixed one would be a password everybody knows
        generateStringKey: 'current',
        excludePunctuation: true,
        passwordLength: 48,
      },
    });
    exempt(this, 'rotation');
  }
}
