/** One page of a list of which one row more was read than the page shows. */
interface Page<T> {
  rows: T[]
  /** The last row of the page, from which the next one goes on; null: there is no next one. */
  last: T | null
}

/** `read` is given how many rows to read. @example const { rows, last } = await readPage(50, (limit) => store.audit.list({ limit })) */
export async function readPage<T>(size: number, read: (limit: number) => Promise<readonly T[]>): Promise<Page<T>> {
  const found = await read(size + 1)
  const rows = found.slice(0, size)
  return { rows, last: found.length > size ? (rows.at(-1) ?? null) : null }
}
