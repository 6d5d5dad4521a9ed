/** Products: read by everybody, changed seldom, so they come from the cache and, failing that, from a replica. */
import type { FastifyInstance } from 'fastify';
import type { Database } from '../data/database';

export interface Product {
  readonly id: number;
  readonly name: string;
  readonly cents: number;
}

/** The product of that number; null when there is none, which is cached too. */
export const productById =
  (database: Database) =>
  async (id: string): Promise<Product | null> => {
    const { rows } = await database.read<Product>('select id, name, cents from products where id = $1', [id]);
    return rows[0] ?? null;
  };

const schema = {
  params: { type: 'object', properties: { id: { type: 'string', pattern: '^[1-9]\\d{0,8}$' } } },
};

export function productRoutes(app: FastifyInstance, product: (id: string) => Promise<Product | null>): void {
  app.get<{ Params: { id: string } }>('/api/products/:id', { schema }, async (request, reply) => {
    return (await product(request.params.id)) ?? reply.code(404).send({ error: 'There is no such product.' });
  });
}
