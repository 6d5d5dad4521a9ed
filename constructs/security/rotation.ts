/** A function that replaces secrets of one kind, and the schedule on which Secrets Manager calls it. Not how it is done: lambda/*-rotation. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type IConnectable, type IVpc, Peer, Port } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnResourcePolicy, CfnRotationSchedule, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Environment as DatabaseEnvironment } from '../../lambda/database-rotation';
import type { Environment as SessionEnvironment } from '../../lambda/session-rotation';
import { signal } from '../alerting/signal';
import type { Postgres } from '../database/postgres';
import type { Grant } from '../release/publisher-grants';
import { type ReleaseFunctionProps, releaseFunction } from '../release/release-function';
import type { SessionStore } from '../sessions/session-store';

export interface RotationProps extends ReleaseFunctionProps {
  /** Days from one rotation to the next, 1–1000. The first is that many days after the deployment. */
  readonly days: number;
}

/** Secrets Manager writes a secret's copy in another region with the rights of whoever writes the secret. */
export interface CopiedSecrets {
  /** Of the copies in another region. @default no copies */
  readonly copyKey?: IKey;
}

interface Work extends CopiedSecrets {
  /** Which of `lambda/<kind>-rotation` does it. */
  readonly kind: 'database' | 'session' | 'signing';
  /** By id. */
  readonly secrets: Readonly<Record<string, ISecret>>;
  /** What the secrets open, and the network that it is in; the function asks AWS by the network's way out. @default nothing */
  readonly opens?: { readonly vpc: IVpc; readonly target: IConnectable };
  /** Beside what Secrets Manager is asked. @default nothing */
  readonly allow?: readonly Grant[];
  /** @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

const SECRET = [
  'DescribeSecret',
  'GetSecretValue',
  'ListSecretVersionIds',
  'PutSecretValue',
  'UpdateSecretVersionStage',
];

const TLS_ONLY = new PolicyDocument({
  statements: [
    new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['secretsmanager:*'],
      resources: ['*'],
      conditions: { Bool: { 'aws:SecureTransport': 'false' } },
    }),
  ],
});

export class Rotation extends Construct {
  readonly handler: IFunction;

  constructor(scope: Construct, id: string, props: RotationProps, work: Work) {
    super(scope, id);
    const { days } = props;
    const { kind, secrets, opens, copyKey, allow = [], environment } = work;
    const each = Object.entries(secrets);
    const keys = new Set(each.flatMap(([, { encryptionKey }]) => encryptionKey?.keyArn ?? []));
    const { handler } = releaseFunction(this, props, {
      code: `${kind}-rotation`,
      timeout: Duration.minutes(10),
      allow: [
        ...each.map(([, { secretArn }]): Grant => [SECRET.map((action) => `secretsmanager:${action}`), secretArn]),
        ...[...keys].map((key): Grant => [['kms:Decrypt', 'kms:GenerateDataKey'], key]),
        ...(copyKey ? [[['kms:Encrypt', 'kms:GenerateDataKey'], copyKey.keyArn] satisfies Grant] : []),
        ...allow,
      ],
      environment,
      network: opens && { vpc: opens.vpc, description: `Rotation of ${kind} secrets`, wayOut: true },
    });
    if (opens) {
      handler.connections.allowToDefaultPort(opens.target, 'Rotation');
      handler.connections.allowTo(Peer.anyIpv4(), Port.tcp(443), "AWS's interfaces, by the way out");
    }
    for (const [name, { secretArn }] of each) {
      // its reference is the secret's ARN, which Control Tower takes for a function's caller only from the same template
      const policy = new CfnResourcePolicy(this, `${name}Policy`, { secretId: secretArn, resourcePolicy: TLS_ONLY });
      handler.addPermission(name, {
        principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
        sourceArn: policy.ref,
      });
      const schedule = new CfnRotationSchedule(this, name, {
        secretId: secretArn,
        rotationLambdaArn: handler.functionArn,
        rotationRules: { automaticallyAfterDays: days },
        rotateImmediatelyOnUpdate: false, // a deployment changes no password
      });
      schedule.node.addDependency(handler.permissionsNode.findChild(name));
    }
    this.handler = handler;
  }
}

export interface DatabaseRotationProps extends RotationProps, CopiedSecrets {
  readonly vpc: IVpc;
  readonly database: Postgres;
  /** Its copy in another region: no password changes once that one writes. @default none */
  readonly copy?: { readonly region: string; readonly identifier: string };
}

/** Of a database's two users. */
export function databaseRotation(scope: Construct, id: string, props: DatabaseRotationProps): Rotation {
  const { vpc, database, copy, copyKey, ...common } = props;
  const arn =
    copy &&
    Stack.of(scope).formatArn({
      service: 'rds',
      region: copy.region,
      resource: 'db',
      resourceName: copy.identifier,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  return new Rotation(scope, id, common, {
    kind: 'database',
    secrets: { Secret: database.secret },
    copyKey,
    opens: { vpc, target: database },
    allow: arn ? [['rds:DescribeDBInstances', arn]] : [],
    environment: {
      TLS: '1',
      ...(copy && { COPY: `${copy.region}/${copy.identifier}` }),
    } satisfies DatabaseEnvironment,
  });
}

/** Of the application's user of a session store. */
export const sessionRotation = (
  scope: Construct,
  id: string,
  { vpc, store, ...props }: RotationProps & { readonly vpc: IVpc; readonly store: SessionStore },
) =>
  new Rotation(scope, id, props, {
    kind: 'session',
    secrets: { Secret: store.secret },
    opens: { vpc, target: store },
    allow: [[['elasticache:DescribeUsers', 'elasticache:ModifyUser'], store.user.arn]],
    environment: { ADDRESS: store.addresses.primary, STORE_USER: store.user.id, TLS: '1' } satisfies SessionEnvironment,
  });

/** Of secrets `{current, next?, previous?}`. */
export const signingRotation = (
  scope: Construct,
  id: string,
  { secrets, copyKey, ...props }: RotationProps & Pick<Work, 'secrets' | 'copyKey'>,
) => new Rotation(scope, id, props, { kind: 'signing', secrets, copyKey });

/** Of several, one signal: what failed is in the alarm's dimensions. */
export const rotationSignals = (rotations: readonly Rotation[]) => ({
  rotationErrors: signal(
    'count',
    ...rotations.map(
      ({ handler }) =>
        new Metric({
          namespace: 'AWS/Lambda',
          metricName: 'Errors',
          dimensionsMap: { FunctionName: handler.functionName },
          statistic: 'Sum',
          period: Duration.minutes(1),
        }),
    ),
  ),
});
