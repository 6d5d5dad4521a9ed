/** The public name of production, which has three tiers (other chains: dns-chain.test.ts, both regions: regions-names.test.ts): who is asked, who answers when, and who hears of it. Certificates too: their names are its. */
import { Match } from 'aws-cdk-lib/assertions';
import { TEMPLATES } from '../support/assemblies';
import { properties, stackTemplate } from '../support/stack';

const dns = stackTemplate('prod', 'Dns');
const checks = [dns, stackTemplate('prod', 'Backend')]
  .flatMap((stack) => properties(stack, 'AWS::Route53::HealthCheck'))
  .map(({ HealthCheckConfig }) => HealthCheckConfig);
const asking = checks.filter(({ Type, Inverted }) => Type === 'HTTPS' && !Inverted);
const records = properties(dns, 'AWS::Route53::RecordSet');

describe('the health checks', () => {
  it('ask every 10 s for the file that each tier serves itself', () => {
    expect(asking).toHaveLength(3);
    for (const check of asking) {
      expect(check).toMatchObject({
        Type: 'HTTPS',
        ResourcePath: '/health.txt',
        RequestInterval: 10,
        FailureThreshold: 3,
      });
    }
  });

  it('ask each tier by its own name: the public one would be healed by its own failover', () => {
    const names = asking.map(({ FullyQualifiedDomainName }) => JSON.stringify(FullyQualifiedDomainName));
    expect(names).not.toContain('"www.example.com"');
    expect(names).toEqual([
      expect.anything(),
      '"eu-west-1.origin.www.example.com"',
      '"eu-central-1.origin.www.example.com"',
    ]);
  });

  it('alarm in us-east-1, the only place where Route 53 publishes, when one is silent too', () => {
    expect(TEMPLATES.find(({ environment, stack }) => environment === 'prod' && stack === 'Dns')?.region).toBe(
      'us-east-1',
    );
    const alarms = dns.findResources('AWS::CloudWatch::Alarm', {
      Properties: { MetricName: 'HealthCheckStatus', Threshold: 1, TreatMissingData: 'missing' },
    });
    expect(Object.keys(alarms)).toHaveLength(4); // each tier's, and that of who writes
  });
});

describe('the public name', () => {
  it('leads to CloudFront, and to the balancers when CloudFront fails its check', () => {
    for (const Type of ['A', 'AAAA']) {
      const pair = records.filter((record) => record.Type === Type && record.Name === 'www.example.com.');
      expect(pair.map(({ Failover }) => Failover).sort()).toEqual(['PRIMARY', 'SECONDARY']);
      const [site, others] = pair;
      expect([site.HealthCheckId, site.AliasTarget.EvaluateTargetHealth]).toEqual([expect.anything(), false]);
      expect(others.AliasTarget).toMatchObject({ DNSName: '_fallback1.www.example.com.', EvaluateTargetHealth: true });
    }
  });

  it('leaves the health of its targets to the checks, which CloudFront demands', () => {
    const leading = records.filter(({ AliasTarget }) => AliasTarget.HostedZoneId !== 'Z0123456789ABCDEFGHIJ');
    expect(leading).toHaveLength(6);
    for (const { AliasTarget, HealthCheckId } of leading)
      expect([AliasTarget.EvaluateTargetHealth, HealthCheckId]).toEqual([false, expect.anything()]);
  });
});

describe.each(['Backend', 'Edge'])('the certificate of %s', (stack) => {
  const template = stackTemplate('prod', stack);

  it('is validated by records in the zone, so that it renews by itself', () => {
    template.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: 'www.example.com',
      ValidationMethod: 'DNS',
      DomainValidationOptions: Match.arrayWith([Match.objectLike({ HostedZoneId: 'Z0123456789ABCDEFGHIJ' })]),
    });
  });

  it('alarms three weeks before its end, looking once a day, and goes on when it is past', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/CertificateManager',
      MetricName: 'DaysToExpiry',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 21,
      Period: 86400,
      EvaluationPeriods: 1,
      TreatMissingData: 'ignore',
    });
  });
});

it('covers the name that CloudFront asks the balancer by', () => {
  stackTemplate('prod', 'Backend').hasResourceProperties('AWS::CertificateManager::Certificate', {
    SubjectAlternativeNames: Match.arrayWith(['origin.www.example.com']),
  });
});
