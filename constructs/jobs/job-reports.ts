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

  #metric(metricName: string, statistic: string): Metric {
    const dimensionsMap = { Environment: this.#environment };
    const period = Duration.minutes(1);
    return new Metric({ namespace: 'Holdfast/Jobs', metricName, dimensionsMap, statistic, period });
  }

  get signals() {
    return {
      workers: signal('count', this.#metric('Workers', 'Sum')),
      outboxAge: signal('seconds', this.#metric('OutboxAge', 'Maximum')),
    };
  }
}
