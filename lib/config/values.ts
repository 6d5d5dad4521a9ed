/** Building blocks of the configuration's schema: kinds of values, each saying in words what it expects. Not rules between values. */
import { z } from 'zod';

/** A schema with one message for all its faults: "expected <words>". */
const saying = <T extends z.ZodType>(make: (error: string) => T, words: string): T => make(words);

/** A whole number from `low` to `high`, both included. */
export const whole = (low: number, high: number, why = '') => {
  const error = `a whole number from ${low} to ${high}${why && ` (${why})`}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};

/** A share of all, more than none. */
export const share = () => {
  const error = 'a share from 0.001 to 1';
  return z.number({ error }).min(0.001, { error }).max(1, { error });
};

/** Percent, between what is no objective and what leaves nothing to spend. */
export const objective = () => {
  const error = 'a percentage from 90 to 99.999';
  return z.number({ error }).min(90, { error }).max(99.999, { error });
};

export const yesOrNo = () => z.boolean({ error: 'true or false' });

/** Text that matches `pattern`, described by `words` with an example. */
export const text = (pattern: RegExp, words: string) =>
  saying((error) => z.string({ error }).regex(pattern, { error }), words);

export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `one of ${values.map((value) => `'${value}'`).join(', ')}` });

/** An IPv4 range from /16 down to `/${smallest}`. */
export const cidr = (smallest: number) => {
  const error = `an IPv4 range of /16 to /${smallest}, such as '10.0.0.0/16'`;
  const fits = (range: string) => Number(range.split('/')[1]) >= 16 && Number(range.split('/')[1]) <= smallest;
  return z.cidrv4({ error }).refine(fits, { error });
};

export const domainName = () =>
  text(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "a domain name in lower case, such as 'www.example.com'");

/** Scheme, name and port of a site, as browsers say it: no path, nothing in upper case. */
export const origin = () =>
  text(
    /^https:\/\/([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(:\d{1,5})?$/,
    "an https origin without a path, such as 'https://admin.example.com'",
  );

/** A rule of the firewall by the name that its log and report give it. */
export const firewallRule = () =>
  text(
    /^(Flood|AWSManagedRules(AmazonIpReputationList|CommonRuleSet|KnownBadInputsRuleSet)(\/\w+)?)$/,
    "'Flood', a managed group in use, or group/rule, as 'npm run firewall-report' names them",
  );

/** An opt-out of a secure default: the reason is printed by every synthesis. */
export const reason = () => text(/\S.{14,}/, 'a written reason of at least 15 characters');
