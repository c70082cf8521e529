/** What a query with a strategy's own filter may say besides: for example `years`. */
export type StrategyFilter = Readonly<Record<string, unknown>>;

/** One step of an order. */
export interface SortBy<T> {
  readonly field: keyof T & string;
  /** Default `asc`. Entities without a value come last in both directions. */
  readonly direction?: 'asc' | 'desc';
}

/** What `getAll` and `observeAll` give. */
export type QueryOptions<T, Filter extends object = StrategyFilter> = Filter & {
  /** Only these ids. */
  readonly ids?: readonly string[];
  /** Only entities whose fields equal these; dates by their time, nested data by their content. */
  readonly where?: Partial<T>;
  /** By the first field, where that is equal by the next; at last by id. Without it the order is not defined. */
  readonly sort?: readonly SortBy<T>[];
  /** At most so many, the first of the order. */
  readonly limit?: number;
};
