/** Who serves the site: `frontend.hosting` in both shapes, 'cdn' as shipped and 'servers' as production would have it. */
import { Template } from 'aws-cdk-lib/assertions';
import { environment } from '../../lib/config';
import { builtArchives } from '../../lib/stacks/archives';
import { EdgeStack } from '../../lib/stacks/edge-stack';
import { WebApp } from '../../lib/web-app';
import { properties, stackTemplate, testApp } from '../support/stack';

function onServers(): Template {
  const config = { ...environment('prod'), frontend: { hosting: 'servers' } } as const;
  const web = new WebApp(testApp(), 'Holdfast', { config, archives: builtArchives() });
  return Template.fromStack(web.node.children.find((child) => child instanceof EdgeStack) as EdgeStack);
}
const servers = onServers();
const cdn = stackTemplate('prod', 'Edge');
const distribution = (template: Template) =>
  properties(template, 'AWS::CloudFront::Distribution')[0].DistributionConfig;
const release = (template: Template) => properties(template, 'Custom::SiteRelease')[0];

describe("'servers'", () => {
  const { Origins, OriginGroups, DefaultCacheBehavior: site, CacheBehaviors: backend } = distribution(servers);

  it('leads the site to the balancer as it does the API, with nothing to fall back on', () => {
    expect(OriginGroups).toBeUndefined();
    expect(Origins).toHaveLength(1);
    expect(Origins[0].DomainName).toBe('origin.www.example.com');
    for (const { TargetOriginId } of [site, ...backend]) expect(TargetOriginId).toBe(Origins[0].Id);
  });

  it('caches the site as a bucket’s, and the API never', () => {
    expect(site.CachePolicyId).toBe(distribution(cdn).DefaultCacheBehavior.CachePolicyId);
    for (const { CachePolicyId } of backend) expect(CachePolicyId).not.toBe(site.CachePolicyId);
  });

  it('lets no distribution read the bucket', () => {
    const allowed = properties(servers, 'AWS::S3::BucketPolicy')
      .filter(({ Bucket }) => Bucket.Ref.startsWith('SiteBucket'))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Effect }) => Effect === 'Allow');
    expect(allowed).toEqual([]);
  });

  it('has every copy kept up to date none the less, so that a change of mind finds it', () => {
    expect(release(servers)).toEqual(release(cdn));
  });
});

describe("'cdn'", () => {
  it('has the fleet’s own copy written too, in its region', () => {
    const [, copy] = release(cdn).replicas;
    expect(copy['Fn::GetStackOutput']).toMatchObject({ StackName: 'Holdfast-prod-Backend', Region: 'eu-west-1' });
  });

  it('tells the fleet where its copy is, and lets it read that and write nothing', () => {
    const backend = stackTemplate('prod', 'Backend');
    const [bucket = ''] = Object.keys(backend.findResources('AWS::S3::Bucket')).filter((id) =>
      id.startsWith('SiteCopy'),
    );
    const [{ LaunchTemplateData }] = properties(backend, 'AWS::EC2::LaunchTemplate');
    expect(JSON.stringify(LaunchTemplateData.UserData)).toContain(`SITE_BUCKET='",{"Ref":"${bucket}"}`);
    const statements = properties(backend, 'AWS::IAM::Policy')
      .filter(({ Roles }) => JSON.stringify(Roles).includes('FleetRole'))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Resource }) => JSON.stringify(Resource).includes(bucket));
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual(['s3:GetObject', 's3:ListBucket']);
  });
});
