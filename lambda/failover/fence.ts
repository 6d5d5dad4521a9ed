/** What the second region's balancer says at a path of its own: whether that region is the one that writes. Data; changes no rule. */

/** Asked by Route 53's health checks, under the second balancer's own name. */
export const FENCE_PATH = '/.holdfast/active';

/** The rule's fixed response, as elbv2 takes it: anything but a 2xx says that the first region may be led to. */
export const fenceAnswer = (active: boolean) =>
  ({
    StatusCode: active ? '200' : '503',
    ContentType: 'text/plain',
    MessageBody: active ? 'active' : 'standing by',
  }) as const;
