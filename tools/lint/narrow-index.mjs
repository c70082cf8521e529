const MOST_NAMES = 30;

/**
 * Rule for `index.ts`, the public surface of an entry point: it lists names by hand, at most 30 of them, and declares
 * nothing itself.
 * @type {import('eslint').Rule.RuleModule}
 */
export const narrowIndex = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      all: 'List the exported names by hand: with "export *" nobody sees what became public.',
      many: 'This entry point exports {{count}} names; the limit is 30. Move some to an entry point of their own.',
      declares: 'Declare this in a file named after it, and only list its name here.',
    },
  },
  create(context) {
    let count = 0;
    return {
      ExportAllDeclaration(node) {
        context.report({ node, messageId: 'all' });
      },
      ExportNamedDeclaration(node) {
        count += node.specifiers.length;
        if (node.declaration) context.report({ node, messageId: 'declares' });
      },
      'Program:exit'(node) {
        if (count > MOST_NAMES) {
          context.report({ node, messageId: 'many', data: { count: `${count}` } });
        }
      },
    };
  },
};
