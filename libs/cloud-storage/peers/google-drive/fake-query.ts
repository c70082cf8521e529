import { type FakeFile, type FakeStore } from './fake-store.js';

/** A condition of a search, in the order that Google Drive's grammar has it. */
type Condition =
  | { readonly kind: 'parent'; readonly id: string }
  | {
      readonly kind: 'equal' | 'different';
      readonly field: 'name' | 'mimeType';
      readonly value: string;
    }
  | { readonly kind: 'trashed'; readonly value: boolean };

const CONDITION =
  /^(?:'((?:[^'\\]|\\.)*)' in parents|(name|mimeType) (!?=) '((?:[^'\\]|\\.)*)'|trashed ?= ?(true|false))(?: and |$)/;

/**
 * The conditions of a search; `undefined` when Google would refuse it, or when it is one that a driver must not rely on: of several
 * parents, or not telling what to do with the trash.
 */
export const parseQuery = (query: string): readonly Condition[] | undefined => {
  const conditions: Condition[] = [];
  for (let rest = query; rest !== '';) {
    const match = CONDITION.exec(rest);
    if (!match) return undefined;
    conditions.push(toCondition(match));
    rest = rest.slice(match[0].length);
  }
  const countOf = (kind: Condition['kind']) =>
    conditions.filter((condition) => condition.kind === kind).length;
  return countOf('parent') === 1 && countOf('trashed') === 1 ? conditions : undefined;
};

const toCondition = ([, parent, field, operator, value, trashed]: RegExpExecArray): Condition => {
  if (parent !== undefined) return { kind: 'parent', id: unescapeText(parent) };
  if (trashed !== undefined) return { kind: 'trashed', value: trashed === 'true' };
  return {
    kind: operator === '=' ? 'equal' : 'different',
    field: field === 'name' ? 'name' : 'mimeType',
    value: unescapeText(value ?? ''),
  };
};

const unescapeText = (text: string): string => text.replace(/\\(.)/g, '$1');

/** Whether the file meets the condition; names are compared without regard to case, as nobody promises otherwise. */
export const meets = (store: FakeStore, file: FakeFile, condition: Condition): boolean => {
  switch (condition.kind) {
    case 'parent':
      return file.parents.includes(store.idOf(condition.id));
    case 'trashed':
      return store.isTrashed(file) === condition.value;
    case 'equal':
      return isAlike(file[condition.field], condition.value);
    case 'different':
      return !isAlike(file[condition.field], condition.value);
  }
};

const isAlike = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
