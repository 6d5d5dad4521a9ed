import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { WebAcl, type WebAclProps } from '../../constructs/edge/web-acl';
import { testStack } from '../support/stack';

function acl(props: Partial<WebAclProps> = {}) {
  const stack = testStack();
  new WebAcl(stack, 'Acl', {
    scope: 'REGIONAL',
    requestsPer5Minutes: 2000,
    logRetention: 365,
    logKey: new Key(stack, 'Key'),
    ...props,
  });
  return Template.fromStack(stack);
}
// biome-ignore lint/suspicious/noExplicitAny: templates have no types
const rules = (template: Template): readonly any[] =>
  Object.values(template.findResources('AWS::WAFv2::WebACL'))[0]?.Properties.Rules;
const rule = (template: Template, name: string) => rules(template).find(({ Name }) => Name === name);

const SECRET_HEADERS = ['authorization', 'cookie', 'x-origin-secret'];

describe('a firewall', () => {
  const usual = acl();

  it('blocks by every rule', () => {
    expect(rule(usual, 'Flood').Action).toMatchObject({ Block: { CustomResponse: { ResponseCode: 429 } } });
    expect(rules(usual).flatMap(({ OverrideAction }) => OverrideAction ?? [])).toEqual(Array(3).fill({ None: {} }));
  });

  it('logs no credential and no query', () => {
    usual.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
      RedactedFields: [...SECRET_HEADERS.map((Name) => ({ SingleHeader: { Name } })), { QueryString: {} }],
    });
  });

  it('shows none in its samples either', () => {
    usual.hasResourceProperties('AWS::WAFv2::WebACL', {
      DataProtectionConfig: {
        DataProtections: [
          { Action: 'SUBSTITUTION', Field: { FieldType: 'SINGLE_HEADER', FieldKeys: SECRET_HEADERS } },
          { Action: 'SUBSTITUTION', Field: { FieldType: 'QUERY_STRING' } },
        ],
      },
    });
  });

  it('logs whom a rule met, and no ordinary visitor', () => {
    usual.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
      LoggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          Match.objectLike({
            Behavior: 'KEEP',
            Conditions: ['BLOCK', 'COUNT', 'EXCLUDED_AS_COUNT'].map((Action) => ({ ActionCondition: { Action } })),
          }),
        ],
      },
    });
  });
});

describe('a firewall that counts first', () => {
  const COMMON = 'AWSManagedRulesCommonRuleSet';

  it('lets a flood and a whole group pass, and goes on blocking by the others', () => {
    const counting = acl({ counted: ['Flood', COMMON] });
    expect(rule(counting, 'Flood').Action).toEqual({ Count: {} });
    expect(rule(counting, COMMON).OverrideAction).toEqual({ Count: {} });
    expect(rule(counting, 'AWSManagedRulesKnownBadInputsRuleSet').OverrideAction).toEqual({ None: {} });
  });

  it('lets a single rule of a group pass', () => {
    const { OverrideAction, Statement } = rule(acl({ counted: [`${COMMON}/SizeRestrictions_BODY`] }), COMMON);
    expect(OverrideAction).toEqual({ None: {} });
    expect(Statement.ManagedRuleGroupStatement.RuleActionOverrides).toEqual([
      { Name: 'SizeRestrictions_BODY', ActionToUse: { Count: {} } },
    ]);
  });
});
