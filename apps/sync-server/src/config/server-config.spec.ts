import { describe, expect, it } from 'vitest';
import { DEFAULTS, parseConfig } from './server-config.ts';

const DEVELOPMENT = { AUTH: 'development' };

describe('parseConfig', () => {
  it('takes everything from the variables', () => {
    expect(
      parseConfig({
        HOST: '0.0.0.0',
        PORT: '8080',
        DATABASE_URL: 'postgres://chat@db/chat',
        DATABASE_POOL: '20',
        DATABASE_WAIT_MS: '500',
        OIDC_ISSUER: 'https://id.example',
        OIDC_AUDIENCE: 'chat',
        CORS_ORIGINS: 'https://a.example, https://b.example',
        RATE_PER_SECOND: '10',
        RATE_BURST: '600',
        STREAMS_PER_USER: '5',
        METRICS_TOKEN: 'm',
        DRAIN_MS: '0',
        LOG_LEVEL: 'error',
      }),
    ).toEqual({
      host: '0.0.0.0',
      port: 8080,
      database: { kind: 'postgres', url: 'postgres://chat@db/chat', poolSize: 20, waitMs: 500 },
      auth: { kind: 'oidc', issuer: 'https://id.example', audience: 'chat' },
      origins: ['https://a.example', 'https://b.example'],
      rate: { perSecond: 10, burst: 600 },
      streamsPerUser: 5,
      metricsToken: 'm',
      drainMs: 0,
      logLevel: 'error',
    });
  });

  it('keeps its data in a folder when no database is named', () => {
    expect(parseConfig(DEVELOPMENT)).toEqual({
      ...DEFAULTS,
      database: { kind: 'pglite', folder: '.data/sync-server' },
      auth: { kind: 'development' },
    });
  });

  it.each([
    ['nobody to trust', {}, 'OIDC_ISSUER'],
    ['an issuer without audience', { OIDC_ISSUER: 'https://id.example' }, 'OIDC_AUDIENCE'],
    ['an issuer that is no address', { OIDC_ISSUER: 'id', OIDC_AUDIENCE: 'x' }, 'OIDC_ISSUER'],
    ['both', { ...DEVELOPMENT, OIDC_ISSUER: 'https://id.example' }, 'exclude'],
    ['another sign-in', { AUTH: 'none' }, 'AUTH'],
    ['a short secret', { ...DEVELOPMENT, AUTH_SECRET: 'secret' }, 'AUTH_SECRET'],
    ['another database', { ...DEVELOPMENT, DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
    ['a port that is none', { ...DEVELOPMENT, PORT: '80a' }, 'PORT'],
    ['a burst below one batch', { ...DEVELOPMENT, RATE_BURST: '500' }, 'RATE_BURST'],
  ])('refuses %s', (_title, variables, named) => {
    expect(() => parseConfig(variables)).toThrow(named);
  });
});
