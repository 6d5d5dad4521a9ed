/** Watches a certificate's days to its end: ACM renews by itself, and somebody must hear when it doesn't. */
import { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { signal } from './signal';

export class ExpiringCertificate {
  readonly #certificate: ICertificate;

  constructor(certificate: ICertificate) {
    this.#certificate = certificate;
  }

  get signals() {
    // published twice a day; looked at once a day, the longest an alarm can
    const metric = this.#certificate.metricDaysToExpiry({ period: Duration.days(1), statistic: 'Minimum' });
    return { certificateDaysLeft: signal('count', metric) };
  }
}
