/** Copies a whole database into another IndexedDB under the same name, as a disk image does; nobody may be upgrading it. */
export async function copyDatabase(from: IDBFactory, to: IDBFactory, name: string): Promise<void> {
  const source = await opened(from.open(name));
  const stores = [...source.objectStoreNames];
  const reading = source.transaction(stores, 'readonly');
  const shapes = stores.map((store) => shapeOf(reading.objectStore(store)));
  const rows = await Promise.all(
    stores.map(async (store) => ({
      store,
      keys: await done(reading.objectStore(store).getAllKeys()),
      values: (await done(reading.objectStore(store).getAll())) as readonly unknown[],
    })),
  );
  const target = await opened(to.open(name, source.version), (database) =>
    shapes.forEach((shape) => createStore(database, shape)),
  );
  const writing = target.transaction(stores, 'readwrite');
  for (const { store, keys, values } of rows) {
    const into = writing.objectStore(store);
    values.forEach((value, index) =>
      into.keyPath === null ? into.put(value, keys[index]) : into.put(value),
    );
  }
  await new Promise<void>((resolve, reject) => {
    writing.oncomplete = () => resolve();
    writing.onabort = () => reject(writing.error ?? new Error('the copy was aborted'));
  });
  source.close();
  target.close();
}

interface StoreShape {
  readonly name: string;
  readonly options: IDBObjectStoreParameters;
  readonly indexes: readonly Pick<IDBIndex, 'name' | 'keyPath' | 'unique' | 'multiEntry'>[];
}

function shapeOf(store: IDBObjectStore): StoreShape {
  const { name, keyPath, autoIncrement } = store;
  const indexes = [...store.indexNames].map((index) => {
    const { keyPath: path, unique, multiEntry } = store.index(index);
    return { name: index, keyPath: path, unique, multiEntry };
  });
  return { name, options: { keyPath, autoIncrement }, indexes };
}

function createStore(database: IDBDatabase, shape: StoreShape): void {
  const store = database.createObjectStore(shape.name, shape.options);
  for (const { name, keyPath, unique, multiEntry } of shape.indexes)
    store.createIndex(name, keyPath, { unique, multiEntry });
}

function opened(
  request: IDBOpenDBRequest,
  upgrade?: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  if (upgrade) request.onupgradeneeded = () => upgrade(request.result);
  return done(request);
}

const done = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the request failed'));
  });
