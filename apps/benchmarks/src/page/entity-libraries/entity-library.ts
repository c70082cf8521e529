/** A contact as an app keeps it. */
export interface Contact {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly labels: string[];
  readonly note: string;
  readonly isMuted: boolean;
}

/** A collection of contacts in a database of its own. */
export interface ContactCollection {
  /** Saves all of them; resolves when they are in IndexedDB. */
  saveAll(contacts: readonly Contact[]): Promise<void>;
  /** Changes one; observers may hear of it before it is in IndexedDB. */
  save(contact: Contact): Promise<void>;
  /** Calls with all contacts, now and after each change; gives the function that ends it. */
  observeAll(heard: (contacts: readonly Contact[]) => void): () => void;
  /** Ends it and deletes everything. */
  destroy(): Promise<void>;
}

/** A library to compare. */
export interface EntityLibrary {
  readonly name: string;
  open(database: string): Promise<ContactCollection>;
}

/** So many contacts that depend on the random numbers alone. */
export function makeContacts(count: number, random: () => number): readonly Contact[] {
  const word = () => Math.floor(random() * 36 ** 6).toString(36);
  return Array.from({ length: count }, (_, at) => ({
    id: `global.${word()}${word()}`,
    name: `${word()} ${word()}`,
    email: `${word()}@${word()}.example`,
    labels: ['friends', 'work'].slice(at % 3),
    note: `met in ${word()}, ${word()}`,
    isMuted: at % 7 === 0,
  }));
}
