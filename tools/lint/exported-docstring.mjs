/**
 * Rule: every exported declaration has a docstring before it. Re-exports are documented where they are declared, and of
 * an overloaded function the first signature is enough.
 * @type {import('eslint').Rule.RuleModule}
 */
export const exportedDocstring = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      missing: 'Say in a docstring (/** … */) what {{name}} gives: meaning, units, errors, source.',
    },
  },
  create(context) {
    /** @type {Set<string>} */
    const documented = new Set();

    /** @param {import('estree').Node} node */
    const hasDocstring = (node) => {
      const comment = context.sourceCode.getCommentsBefore(node).at(-1);
      return comment?.type === 'Block' && comment.value.startsWith('*');
    };

    /** @param {any} declaration */
    const declaredNames = (declaration) =>
      declaration.type === 'VariableDeclaration'
        ? declaration.declarations.flatMap((/** @type {any} */ { id }) => id.name ?? [])
        : [declaration.id?.name ?? 'the default export'];

    /** @param {any} node */
    const check = (node) => {
      if (!node.declaration || node.declaration.type === 'Identifier') return;
      for (const name of declaredNames(node.declaration)) {
        if (hasDocstring(node.declaration.decorators?.[0] ?? node)) documented.add(name);
        else if (!documented.has(name)) {
          context.report({ node, messageId: 'missing', data: { name } });
        }
      }
    };

    return { ExportNamedDeclaration: check, ExportDefaultDeclaration: check };
  },
};
