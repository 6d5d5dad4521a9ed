/** The dashboard of production. */
import { line } from '../../app/backend/metrics/business';
import { properties, stackTemplate } from '../support/stack';

const [dashboard] = properties(stackTemplate('prod', 'Dashboard'), 'AWS::CloudWatch::Dashboard');
const body = JSON.stringify(dashboard.DashboardBody).replaceAll('\\', '');

it('shows every figure of the business that the backend tells, under the same names', () => {
  const [told] = line(new Date(0), 'prod', { signUps: 0, orders: 0, cents: 0 }, { activeUsers: 0, weekRetention: 0 })
    ._aws.CloudWatchMetrics;
  for (const { Name } of told?.Metrics ?? [])
    expect(body).toContain(`"${told?.Namespace}","${Name}","${told?.Dimensions[0]?.[0]}","prod"`);
});
