/** JSON for a header, which carries ASCII only: everything else is escaped, as the API's documentation of its encoding asks for. */
export const headerJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
