/** What signs and what tells CloudFront from others: made in the first region, copied to the second, so that who is logged in stays so. The data's secrets are Data's. */
import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret, ReplicaRegion } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { replicaOf } from '../../constructs/security/replicated-secret';
import { RotatingSecret } from '../../constructs/security/rotating-secret';
import { EDGE_REGION } from '../config/edge-region';
import type { Environment } from '../config/environment';

/** Fixed, since Edge in another region finds the origin's secret by its name. */
export const originSecretName = (environment: string) => `holdfast/${environment}/origin`;

export interface BackendSecrets {
  readonly cookie: ISecret;
  readonly token: ISecret;
  /** Where visitors reach the balancer. */
  readonly origin?: ISecret;
}

interface Given {
  readonly config: Environment;
  readonly encryptionKey?: IKey;
  /** The second region, where servers stand there. */
  readonly copies: readonly ReplicaRegion[];
}

export function ownSecrets(stack: Construct, { config, encryptionKey, copies }: Given): BackendSecrets {
  const replicaRegions = copies.length > 0 ? [...copies] : undefined;
  const signing = { encryptionKey, replicaRegions, removalPolicy: RemovalPolicy.DESTROY };
  return {
    cookie: new RotatingSecret(stack, 'CookieSecret', { ...signing, description: 'Signs session cookies' }),
    token: new RotatingSecret(stack, 'JwtSecret', { ...signing, description: 'Signs tokens' }),
    ...(config.edge.directAccess === 'failover' && {
      origin: new RotatingSecret(stack, 'OriginSecret', {
        secretName: originSecretName(config.name),
        description: 'Tells the servers that CloudFront speaks',
        replicaRegions: [{ region: EDGE_REGION }, ...copies.map(({ region }) => ({ region }))],
      }),
    }),
  };
}

/** @param encryptionKey of the copies */
export const copiedSecrets = (stack: Construct, { cookie, token, origin }: BackendSecrets, encryptionKey: IKey) => ({
  cookie: replicaOf(stack, 'CookieSecret', cookie, encryptionKey),
  token: replicaOf(stack, 'JwtSecret', token, encryptionKey),
  ...(origin && { origin: replicaOf(stack, 'OriginSecret', origin) }),
});
