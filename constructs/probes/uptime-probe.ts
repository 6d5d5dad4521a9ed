/** Watches the public site from another region, as a visitor has it. Costs about 0.60 USD a month in metrics, and 0.40 for the user's password. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Environment } from '../../lambda/uptime-probe';
import { METRICS } from '../../lambda/uptime-probe/answers';
import { signal } from '../alerting/signal';
import { exempt } from '../exemptions';
import { ProbeFunction, type ProbeProps } from './probe-function';

export interface UptimeProbeProps extends ProbeProps {
  /** Public host name. */
  readonly site: string;
  /** Text that the page holds. */
  readonly marker: string;
  /** Log a synthetic user in and out as well. */
  readonly login: boolean;
}

export class UptimeProbe extends Construct {
  readonly #function: ProbeFunction;

  constructor(scope: Construct, id: string, props: UptimeProbeProps) {
    super(scope, id);
    const { site, marker, login } = props;
    const password = login ? this.#password(props) : undefined;
    const variables: Omit<Environment, 'ENVIRONMENT'> = {
      SITE: site,
      MARKER: marker,
      LOGIN_SECRET: password?.secretArn ?? '',
    };
    this.#function = new ProbeFunction(this, 'Function', props, { name: 'uptime', variables });
    password?.grantRead(this.#function.role);
  }

  /** Of a user whom the probe registers itself; another value is another user. */
  #password({ logKey }: UptimeProbeProps): Secret {
    const secret = new Secret(this, 'Password', {
      description: 'Of the synthetic user of the uptime probe',
      encryptionKey: logKey,
      generateSecretString: { excludePunctuation: true, passwordLength: 48 },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    exempt(secret, 'rotation');
    return secret;
  }

  /** For who runs it by hand. */
  get functionName(): string {
    return this.#function.functionName;
  }

  get signals() {
    const of = this.#function.metrics(METRICS);
    return {
      siteAnswers: signal('count', of('Up', 'Minimum')),
      uptimeProbeRuns: signal('count', of('Up', 'SampleCount')),
      shownCertificateDays: signal('count', of('CertificateDays', 'Minimum')),
    };
  }
}
