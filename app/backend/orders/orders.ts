/** Orders in PostgreSQL: each placed once, however often it is sent. */

import type { User } from '../accounts/users';
import type { Database } from '../data/database';

export interface Wanted {
  readonly product: string;
  readonly quantity: number;
}

interface Order extends Wanted {
  readonly id: string;
}

/** `made` now, `repeated` from before under the same key, or a `conflict`: the key stands for another order. */
export type Placed =
  | {
      readonly outcome: 'made';
      readonly order: Order;
      /** What it costs now; null for a product that has no price here. */
      readonly cents: number | null;
    }
  | { readonly outcome: 'repeated'; readonly order: Order }
  | { readonly outcome: 'conflict' };

export interface Page {
  readonly orders: readonly Order[];
  /** Where the next page begins; nothing on the last. */
  readonly next?: string;
}

const COLUMNS = 'number::text as id, product, quantity';
// not an integer: a million of a dear product is more than one holds
const CENTS = '(select quantity::float8 * max(cents) from products where name = product) as cents';

export class Orders {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** May be sent again after a lost answer: the database holds a user's key unique. */
  async place({ id }: User, key: string, { product, quantity }: Wanted): Promise<Placed> {
    const made = await this.#database.safely<Order & { readonly cents: number | null }>(
      `insert into orders (user_id, idempotency_key, product, quantity) values ($1, $2, $3, $4)
       on conflict (user_id, idempotency_key) do nothing returning ${COLUMNS}, ${CENTS}`,
      [id, key, product, quantity],
    );
    const [fresh] = made.rows;
    if (fresh) {
      const { cents, ...order } = fresh;
      return { outcome: 'made', order, cents };
    }
    const { rows } = await this.#database.safely<Order>(
      `select ${COLUMNS} from orders where user_id = $1 and idempotency_key = $2`,
      [id, key],
    );
    const [order] = rows;
    if (!order || order.product !== product || order.quantity !== quantity) return { outcome: 'conflict' };
    return { outcome: 'repeated', order };
  }

  /** Newest first, from the primary: who has just ordered sees it. `after` is the `next` of the page before. */
  async list({ id }: User, limit: number, after?: string): Promise<Page> {
    const { rows } = await this.#database.safely<Order>(
      `select ${COLUMNS} from orders where user_id = $1
       and ($2::bigint is null or number < $2) order by number desc limit $3`,
      [id, after ?? null, limit + 1],
    );
    const orders = rows.slice(0, limit);
    return { orders, ...(rows.length > limit && { next: orders.at(-1)?.id }) };
  }
}
