/** What backends and workers report of jobs in lines of their logs, as metrics of one environment. Makes no resource. */
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { signal } from '../alerting/signal';

export class JobReports {
  readonly #environment: string;

  /** @param environment as the processes are told in ENVIRONMENT */
  constructor(environment: string) {
    this.#environment = environment;
  }

  #metric(metricName: string, statistic: string, period: Duration): Metric {
    const dimensionsMap = { Environment: this.#environment };
    return new Metric({ namespace: 'Holdfast/Jobs', metricName, dimensionsMap, statistic, period });
  }

  get signals() {
    return {
      // each worker reports once a minute, at a second of its own
      workers: signal('count', this.#metric('Workers', 'Sum', Duration.minutes(5))),
      outboxAge: signal('seconds', this.#metric('OutboxAge', 'Maximum', Duration.minutes(5))),
    };
  }
}
