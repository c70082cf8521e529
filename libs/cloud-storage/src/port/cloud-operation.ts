/** The calls of `CloudStorage` that reach the service for files. */
export type CloudOperation = 'list' | 'listFolders' | 'read' | 'create' | 'remove';
