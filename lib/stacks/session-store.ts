/** The session store as the configuration has it, in whichever region. */
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { SessionStore } from '../../constructs/sessions/session-store';
import type { Environment } from '../config/environment';

interface Given {
  readonly config: Environment;
  readonly vpc: IVpc;
  readonly encryptionKey: IKey;
}

export const sessionStore = (stack: Construct, { config: { name, sessions, retention }, vpc, encryptionKey }: Given) =>
  new SessionStore(stack, 'Sessions', {
    vpc,
    encryptionKey,
    engine: sessions.engine,
    nodeType: `cache.${sessions.nodeClass}`,
    replicas: sessions.replicas,
    shards: sessions.shards,
    logged: sessions.durability === 'logged',
    snapshotDays: sessions.snapshotDays,
    logRetention: retention.logDays as RetentionDays,
    retain: sessions.retain,
    stem: `holdfast-${name}-data`, // users are a region's own
  });
