import { Template } from 'aws-cdk-lib/assertions';
import table from '../../app/server/security-headers.json';
import { securityHeadersPolicy } from '../../constructs/edge/security-headers';
import { testStack } from '../support/stack';

it('gives CloudFront every header of the table that NGINX sends, over what an origin says', () => {
  const stack = testStack();
  securityHeadersPolicy(stack, 'Headers', table);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::CloudFront::ResponseHeadersPolicy'));
  expect(policy?.Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig).toEqual({
    StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, IncludeSubdomains: true, Override: true },
    ContentSecurityPolicy: { ContentSecurityPolicy: table['Content-Security-Policy'], Override: true },
    ContentTypeOptions: { Override: true },
    FrameOptions: { FrameOption: 'SAMEORIGIN', Override: true },
    ReferrerPolicy: { ReferrerPolicy: 'strict-origin-when-cross-origin', Override: true },
    XSSProtection: { Protection: false, Override: true },
  });
});
