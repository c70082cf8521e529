import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const base = JSON.parse(readFileSync(at('./tsconfig.base.json'), 'utf8')) as {
  compilerOptions: { paths: Record<string, [string]> };
};

/** `paths` of tsconfig.base.json, each name exactly: tests always run against sources. */
export const alias = Object.entries(base.compilerOptions.paths).map(([name, [path]]) => ({
  find: new RegExp(`^${name}$`),
  replacement: at(path),
}));

export const chromium = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
