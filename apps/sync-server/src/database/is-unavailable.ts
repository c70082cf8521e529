/** Classes of PostgreSQL's codes that mean: not now. Connection, resources, operator, and what a timeout ended. */
const NOT_NOW = /^(08|53|57|58|25P03|40)/;
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|EAI_|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)/;

/** Whether an error says that the database cannot answer now, and may later. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string' && (NOT_NOW.test(code) || NETWORK.test(code))) return true;
  return /Connection terminated|timeout exceeded when trying to connect|not queryable|changes could not be read/.test(
    error.message,
  );
}
