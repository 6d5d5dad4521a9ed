/** A log group of ours: encrypted with our key, forgetting in time, gone with its stack. Not who writes to it. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  type DataProtectionPolicy,
  type IFilterPattern,
  LogGroup,
  MetricFilter,
  type RetentionDays,
} from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { exempt } from '../exemptions';

export interface LogsProps {
  /** How long a line is kept. */
  readonly logRetention: RetentionDays;
  /** Of the stack, with CloudWatch in its policy: see EncryptionKey.allowLogs. */
  readonly logKey: IKey;
  /** What is masked when it is read. @default nothing */
  readonly dataProtectionPolicy?: DataProtectionPolicy;
}

export class Logs extends LogGroup {
  /** @param logGroupName Where a service demands one. @default CloudFormation's choice */
  constructor(
    scope: Construct,
    id: string,
    { logRetention, logKey, dataProtectionPolicy }: LogsProps,
    logGroupName?: string,
  ) {
    super(scope, id, {
      logGroupName,
      retention: logRetention,
      encryptionKey: logKey,
      dataProtectionPolicy,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    if (logRetention < 365) exempt(this, 'shortLogs');
  }

  /** Counts its lines of a pattern as a metric of the stack's own namespace; nothing is published while there are none. */
  count(metricName: string, filterPattern: IFilterPattern): MetricFilter {
    const metricNamespace = Stack.of(this).stackName;
    return new MetricFilter(this, metricName, { logGroup: this, filterPattern, metricNamespace, metricName });
  }
}
