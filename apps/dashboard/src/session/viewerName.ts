/** The name that other viewers see, kept in this browser. */
const KEY = 'tandem.name'

export function storedName(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined
  }
}

export function storeName(name: string): void {
  try {
    localStorage.setItem(KEY, name)
  } catch {
    // Storage is forbidden: the name lasts as long as the connection.
  }
}
