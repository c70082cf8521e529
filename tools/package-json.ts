import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The fields of a package.json that our tools read. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Reads `package.json` of `folder`. */
export function readPackageJson(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
}

/** One way into a package, as `exports` names it. */
export interface EntryPoint {
  /** What an application imports, such as `@chat-vault/core/format`. */
  readonly specifier: string;
  /** The declarations, relative to the package. */
  readonly types: string;
  /** The code, relative to the package. */
  readonly code: string;
}

/** The code entry points of a built package, in the order of its `exports`. */
export function entryPoints(folder: string): readonly EntryPoint[] {
  const { name, exports = {} } = readPackageJson(folder);
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string' || target['types'] === undefined || target['default'] === undefined
      ? []
      : [
          {
            specifier: path === '.' ? name : `${name}${path.slice(1)}`,
            types: target['types'],
            code: target['default'],
          },
        ],
  );
}

/**
 * What would break for someone who installs the package in `folder`: entry points without a file, conditions in an order
 * that resolvers do not honour (`types` must come first), and imports of packages that it does not declare.
 */
export function checkPackage(folder: string): readonly string[] {
  const manifest = readPackageJson(folder);
  const problems: string[] = [];
  for (const [path, target] of Object.entries(manifest.exports ?? {})) {
    const files = typeof target === 'string' ? [target] : Object.values(target);
    for (const file of files) {
      if (!existsSync(join(folder, file))) problems.push(`exports["${path}"]: no file ${file}`);
    }
    if (typeof target !== 'string' && 'types' in target && Object.keys(target)[0] !== 'types') {
      problems.push(`exports["${path}"]: "types" must be the first condition`);
    }
  }
  if (entryPoints(folder).length === 0) problems.push('exports: no entry point');
  return [...problems, ...undeclaredImports(folder, manifest)];
}

function undeclaredImports(folder: string, manifest: PackageJson): readonly string[] {
  const declared = new Set([
    manifest.name,
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}),
    ...Object.keys(manifest.optionalDependencies ?? {}),
  ]);
  const problems = new Set<string>();
  for (const file of codeFiles(folder)) {
    for (const specifier of importedSpecifiers(readFileSync(join(folder, file), 'utf8'))) {
      const name = packageName(specifier);
      if (name !== undefined && !declared.has(name)) {
        problems.add(`${file} imports ${specifier}, but package.json does not declare ${name}`);
      }
    }
  }
  return [...problems];
}

function codeFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.(m?js|d\.ts)$/.test(file) && !file.startsWith('node_modules'),
  );
}

function importedSpecifiers(code: string): readonly string[] {
  const withoutComments = code.replace(/\/\*[\s\S]*?\*\//g, '');
  const pattern = /(?:^|[;}\s])(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g;
  return [...withoutComments.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** The package a specifier belongs to; `undefined` for a file of our own or a module of Node. */
function packageName(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
