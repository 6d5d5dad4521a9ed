/** The public name of production, which has two tiers (longer chains: dns-chain.test.ts): who is asked, who answers when, and who hears of it. Certificates too: their names are its. */
import { Match } from 'aws-cdk-lib/assertions';
import { TEMPLATES } from '../support/assemblies';
import { properties, stackTemplate } from '../support/stack';

const dns = stackTemplate('prod', 'Dns');
const checks = properties(dns, 'AWS::Route53::HealthCheck').map(({ HealthCheckConfig }) => HealthCheckConfig);
const records = properties(dns, 'AWS::Route53::RecordSet');

describe('the health checks', () => {
  it('ask every 10 s for the file that each tier serves itself', () => {
    expect(checks).toHaveLength(2);
    for (const check of checks) {
      expect(check).toMatchObject({
        Type: 'HTTPS',
        ResourcePath: '/health.txt',
        RequestInterval: 10,
        FailureThreshold: 3,
      });
    }
  });

  it('ask each tier by its own name: the public one would be healed by its own failover', () => {
    const names = checks.map(({ FullyQualifiedDomainName }) => JSON.stringify(FullyQualifiedDomainName));
    expect(names).not.toContain('"www.example.com"');
    expect(names).toContain('"origin.www.example.com"');
  });

  it('alarm in us-east-1, the only place where Route 53 publishes, when one is silent too', () => {
    expect(TEMPLATES.find(({ environment, stack }) => environment === 'prod' && stack === 'Dns')?.region).toBe(
      'us-east-1',
    );
    const alarms = dns.findResources('AWS::CloudWatch::Alarm', {
      Properties: { MetricName: 'HealthCheckStatus', Threshold: 1, TreatMissingData: 'missing' },
    });
    expect(Object.keys(alarms)).toHaveLength(2);
  });
});

describe('the public name', () => {
  it('leads to CloudFront, and to the balancer when CloudFront fails its check', () => {
    for (const Type of ['A', 'AAAA']) {
      const pair = records.filter((record) => record.Type === Type);
      expect(pair.map(({ Failover }) => Failover).sort()).toEqual(['PRIMARY', 'SECONDARY']);
      for (const { Name, HealthCheckId } of pair)
        expect([Name, HealthCheckId]).toEqual(['www.example.com.', expect.anything()]);
    }
  });

  it('leaves the health of its targets to the checks, which CloudFront demands', () => {
    expect(records.map(({ AliasTarget }) => AliasTarget.EvaluateTargetHealth)).toEqual([false, false, false, false]);
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
    SubjectAlternativeNames: ['origin.www.example.com'],
  });
});
