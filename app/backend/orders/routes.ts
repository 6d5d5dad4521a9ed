/** Placing and listing one's orders. */
import type { FastifyInstance } from 'fastify';
import type { Visitors } from '../accounts/visitor';
import type { Business } from '../metrics/business';
import type { Orders, Wanted } from './orders';

/** What PostgreSQL gives back as it was sent: no zero, no half of a surrogate pair. */
const TEXT = '^[^\\0\\p{Cs}]*$';

const place = {
  headers: {
    type: 'object',
    required: ['idempotency-key'],
    properties: { 'idempotency-key': { type: 'string', minLength: 1, maxLength: 200 } },
  },
  body: {
    type: 'object',
    required: ['product', 'quantity'],
    additionalProperties: false,
    properties: {
      product: { type: 'string', minLength: 1, maxLength: 200, pattern: TEXT },
      quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    },
  },
};

const DIGITS = { type: 'string', pattern: '^[1-9]\\d{0,17}$' };
const list = {
  querystring: {
    type: 'object',
    properties: { limit: { type: 'string', pattern: '^([1-9]\\d?|[1-4]\\d\\d|500)$' }, after: DIGITS },
  },
};

const NOBODY = { error: 'Not logged in.' };
const STATUS = { made: 201, repeated: 200 } as const;
const PAGE = 100;

export function orderRoutes(app: FastifyInstance, orders: Orders, visitors: Visitors, business: Business): void {
  app.post<{ Body: Wanted; Headers: { 'idempotency-key': string } }>(
    '/api/orders',
    { schema: place },
    async (request, reply) => {
      const user = await visitors.user(request);
      if (!user) return reply.code(401).send(NOBODY);
      const placed = await orders.place(user, request.headers['idempotency-key'], request.body);
      if (placed.outcome === 'conflict')
        return reply.code(422).send({ error: 'This Idempotency-Key stands for another order.' });
      if (placed.outcome === 'made') business.ordered(placed.cents);
      return reply.code(STATUS[placed.outcome]).send(placed.order);
    },
  );

  app.get<{ Querystring: { limit?: string; after?: string } }>(
    '/api/orders',
    { schema: list },
    async (request, reply) => {
      const user = await visitors.user(request);
      if (!user) return reply.code(401).send(NOBODY);
      return orders.list(user, Number(request.query.limit ?? PAGE), request.query.after);
    },
  );
}
