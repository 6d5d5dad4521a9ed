/** CloudFront's policy from the one table of security headers, which NGINX sends too. Sets no cookie and no cache. */
import { Duration } from 'aws-cdk-lib';
import { type HeadersFrameOption, type HeadersReferrerPolicy, ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';

/** The table as `app/server/security-headers.json` has it. */
export type SecurityHeaders = Readonly<
  Record<
    | 'Strict-Transport-Security'
    | 'Content-Security-Policy'
    | 'X-Content-Type-Options'
    | 'X-Frame-Options'
    | 'Referrer-Policy'
    | 'X-XSS-Protection',
    string
  >
>;

const seconds = (hsts: string) => Duration.seconds(Number(/max-age=(\d+)/.exec(hsts)?.[1] ?? 0));

/** CloudFront names these headers by fields of their own and refuses them as custom ones. */
export const securityHeadersPolicy = (scope: Construct, id: string, table: SecurityHeaders): ResponseHeadersPolicy =>
  new ResponseHeadersPolicy(scope, id, {
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy: table['Content-Security-Policy'], override: true },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: table['X-Frame-Options'] as HeadersFrameOption, override: true },
      referrerPolicy: { referrerPolicy: table['Referrer-Policy'] as HeadersReferrerPolicy, override: true },
      strictTransportSecurity: {
        accessControlMaxAge: seconds(table['Strict-Transport-Security']),
        includeSubdomains: table['Strict-Transport-Security'].includes('includeSubDomains'),
        override: true,
      },
      xssProtection: { protection: table['X-XSS-Protection'] !== '0', override: true },
    },
  });
