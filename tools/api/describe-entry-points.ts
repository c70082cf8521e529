import { dirname, join } from 'node:path';
import ts from 'typescript';
import { entryPoints } from '../package-json.ts';

/** The public API of one entry point. */
export interface EntryPointDescription {
  /** What an application imports, such as `@chat-vault/core/format`. */
  readonly specifier: string;
  /** Markdown with every exported declaration, sorted by name and without comments. */
  readonly text: string;
}

/**
 * Describes every entry point of the built packages in these folders. Types that an exported declaration uses but that
 * no entry point of its package exports are listed too: users meet them without being able to name them.
 */
export function describeEntryPoints(folders: readonly string[]): readonly EntryPointDescription[] {
  const entries = folders.flatMap((folder) =>
    entryPoints(folder).map((entry) => ({ ...entry, folder, file: join(folder, entry.types) })),
  );
  const program = createProgram(
    entries.map(({ file }) => file),
    new Map(entries.map(({ specifier, file }) => [specifier, file])),
  );
  const checker = program.getTypeChecker();
  const exportsOf = (file: string): readonly ts.Symbol[] => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    return module ? checker.getExportsOfModule(module) : [];
  };
  return entries.map(({ specifier, folder, file }) => {
    const all = exportsOf(file).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const symbols = all.filter(({ name }) => !isInternal(name));
    const internal = all.map(({ name }) => name).filter(isInternal);
    const nameable = new Set(
      entries
        .filter((entry) => entry.folder === folder)
        .flatMap((entry) => exportsOf(entry.file))
        .map((symbol) => resolve(checker, symbol)),
    );
    const declarations = symbols.map((symbol) => describeSymbol(checker, symbol, folder));
    const hidden = findHidden(checker, symbols, folder, nameable);
    return { specifier, text: toMarkdown(specifier, declarations, { internal, hidden }) };
  });
}

/** Whether a name is only for our own entry points: Angular's convention, which its own packages follow too. */
const isInternal = (name: string): boolean => name.startsWith('ɵ');

/** A program over the declarations alone, in which our packages find each other's entry points. */
function createProgram(
  files: readonly string[],
  fileBySpecifier: ReadonlyMap<string, string>,
): ts.Program {
  return ts.createProgram([...files], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    paths: Object.fromEntries([...fileBySpecifier].map(([name, file]) => [name, [file]])),
  });
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

function resolve(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

const isInside = (folder: string, node: ts.Node): boolean =>
  `${dirname(node.getSourceFile().fileName)}/`.startsWith(`${folder}/`);

function describeSymbol(checker: ts.TypeChecker, symbol: ts.Symbol, folder: string): string {
  const declarations = resolve(checker, symbol).declarations ?? [];
  if (declarations.every((declaration) => !isInside(folder, declaration))) {
    return `export { ${symbol.name} }; // declared in another package`;
  }
  const text = declarations.map((declaration) => print(declaration)).join('\n');
  const declaredName = resolve(checker, symbol).name;
  return declaredName === symbol.name ? text : `${text} // exported as ${symbol.name}`;
}

/** The declaration as it is published, less what only the compilers read. */
function print(declaration: ts.Declaration): string {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const withoutPrivates = ts.isClassDeclaration(statement)
    ? ts.factory.updateClassDeclaration(
        statement,
        statement.modifiers,
        statement.name,
        statement.typeParameters,
        statement.heritageClauses,
        statement.members.filter((member) => !isPrivate(member)),
      )
    : statement;
  const text = printer.printNode(
    ts.EmitHint.Unspecified,
    withoutPrivates,
    declaration.getSourceFile(),
  );
  return text.replace(/^(export )?(declare )?/, 'export ');
}

const COMPILER_MEMBERS = new Set(['ɵfac', 'ɵprov', '#private']);

function isPrivate(member: ts.ClassElement): boolean {
  const name = member.name?.getText() ?? '';
  return (
    COMPILER_MEMBERS.has(name) ||
    (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0
  );
}

/** Names of this package's types that the exported declarations mention and nobody can import. */
function findHidden(
  checker: ts.TypeChecker,
  symbols: readonly ts.Symbol[],
  folder: string,
  nameable: ReadonlySet<ts.Symbol>,
): readonly string[] {
  const hidden = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && ts.isTypeReferenceNode(node.parent)) {
      const found = checker.getSymbolAtLocation(node);
      const symbol = found && resolve(checker, found);
      const isOurs = symbol?.declarations?.some(
        (declaration) =>
          isInside(folder, declaration) && !ts.isTypeParameterDeclaration(declaration),
      );
      if (symbol && isOurs && !nameable.has(symbol)) hidden.add(symbol.name);
    }
    ts.forEachChild(node, visit);
  };
  for (const symbol of symbols) {
    for (const declaration of resolve(checker, symbol).declarations ?? []) {
      if (isInside(folder, declaration)) visit(declaration);
    }
  }
  return [...hidden].toSorted();
}

function toMarkdown(
  specifier: string,
  declarations: readonly string[],
  others: { readonly internal: readonly string[]; readonly hidden: readonly string[] },
): string {
  const list = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : ['', `${title}: ${names.join(', ')}.`];
  return [
    `# \`${specifier}\``,
    '',
    'Written by `npm run api`; a change here is one that users notice.',
    '',
    '```ts',
    declarations.join('\n\n'),
    '```',
    ...list('Used but not exported', others.hidden),
    ...list('For our own entry points only', others.internal),
    '',
  ].join('\n');
}
