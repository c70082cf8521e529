/** How tokens are checked. */
export type AuthConfig =
  | { readonly kind: 'oidc'; readonly issuer: string; readonly audience: string }
  /** Names without passwords, for development only. `secret` is made at the start when there is none. */
  | { readonly kind: 'development'; readonly secret?: string };

/** All that the server is told from outside. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly database:
    | {
        readonly kind: 'postgres';
        readonly url: string;
        readonly poolSize: number;
        /** How long to wait for it at the start, milliseconds; 30,000 without it. */
        readonly waitMs?: number;
      }
    /** A folder, or only memory without one. */
    | { readonly kind: 'pglite'; readonly folder?: string };
  readonly auth: AuthConfig;
  /** Origins whose pages may call the server; `*` for all. */
  readonly origins: readonly string[];
  /** What one person may do: a request costs 1, and each operation 1 more. */
  readonly rate: { readonly perSecond: number; readonly burst: number };
  readonly streamsPerUser: number;
  /** Whoever shows this token may read the metrics; without one only in development. */
  readonly metricsToken?: string;
  /** How long open requests may take when the server stops, milliseconds. */
  readonly drainMs: number;
  readonly logLevel: string;
}

/** How long to wait for PostgreSQL at the start, milliseconds. */
export const DATABASE_WAIT_MS = 30_000;

/** What may be missing. */
export const DEFAULTS = {
  host: '127.0.0.1',
  port: 4320,
  origins: [],
  rate: { perSecond: 50, burst: 5000 },
  streamsPerUser: 20,
  drainMs: 10_000,
  logLevel: 'info',
} as const satisfies Partial<ServerConfig>;

const NAMES = [
  'HOST',
  'PORT',
  'DATABASE_URL',
  'DATABASE_POOL',
  'DATABASE_WAIT_MS',
  'DATA_DIR',
  'AUTH',
  'AUTH_SECRET',
  'OIDC_ISSUER',
  'OIDC_AUDIENCE',
  'CORS_ORIGINS',
  'RATE_PER_SECOND',
  'RATE_BURST',
  'STREAMS_PER_USER',
  'METRICS_TOKEN',
  'DRAIN_MS',
  'LOG_LEVEL',
] as const;

type Environment = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

/** Reads the variables that docs/operations.md lists. @throws Error that names the variable and says what it may be */
export function parseConfig(
  environment: Readonly<Record<string, string | undefined>>,
): ServerConfig {
  const set: Environment = Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = environment[name]?.trim();
      return value ? [[name, value]] : [];
    }),
  );
  return {
    host: set.HOST ?? DEFAULTS.host,
    port: number(set, 'PORT', DEFAULTS.port, 0, 65_535),
    database: parseDatabase(set),
    auth: parseAuth(set),
    origins: (set.CORS_ORIGINS ?? '').split(/[\s,]+/).filter((origin) => origin !== ''),
    rate: {
      perSecond: number(set, 'RATE_PER_SECOND', DEFAULTS.rate.perSecond, 1, 1_000_000),
      burst: number(set, 'RATE_BURST', DEFAULTS.rate.burst, 501, 10_000_000),
    },
    streamsPerUser: number(set, 'STREAMS_PER_USER', DEFAULTS.streamsPerUser, 1, 1000),
    ...(set.METRICS_TOKEN ? { metricsToken: set.METRICS_TOKEN } : {}),
    drainMs: number(set, 'DRAIN_MS', DEFAULTS.drainMs, 0, 600_000),
    logLevel: set.LOG_LEVEL ?? DEFAULTS.logLevel,
  };
}

function parseDatabase(set: Environment): ServerConfig['database'] {
  const { DATABASE_URL: url, DATA_DIR: folder } = set;
  if (url === undefined) return { kind: 'pglite', folder: folder ?? '.data/sync-server' };
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new Error('DATABASE_URL is not of the form postgres://user:password@host:port/database');
  }
  return {
    kind: 'postgres',
    url,
    poolSize: number(set, 'DATABASE_POOL', 10, 2, 500),
    waitMs: number(set, 'DATABASE_WAIT_MS', DATABASE_WAIT_MS, 0, 3_600_000),
  };
}

function parseAuth(set: Environment): AuthConfig {
  const { AUTH, AUTH_SECRET: secret, OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience } = set;
  if (AUTH === 'development') {
    if (issuer !== undefined)
      throw new Error('AUTH=development and OIDC_ISSUER exclude each other');
    if (secret !== undefined && secret.length < 32) {
      throw new Error('AUTH_SECRET has at least 32 characters');
    }
    return { kind: 'development', ...(secret ? { secret } : {}) };
  }
  if (AUTH !== undefined && AUTH !== 'oidc') throw new Error('AUTH is "oidc" or "development"');
  if (issuer === undefined || audience === undefined) {
    throw new Error(
      'OIDC_ISSUER and OIDC_AUDIENCE say whose tokens are taken (or AUTH=development, where everybody may be anybody)',
    );
  }
  if (!URL.canParse(issuer)) throw new Error('OIDC_ISSUER is the address of the issuer');
  return { kind: 'oidc', issuer, audience };
}

function number(
  set: Environment,
  name: keyof Environment,
  whenMissing: number,
  least: number,
  most: number,
): number {
  const text = set[name];
  if (text === undefined) return whenMissing;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${name} is a whole number from ${least} to ${most}`);
}
