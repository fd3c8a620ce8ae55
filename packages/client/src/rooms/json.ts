const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const writeJson = (value: object): Uint8Array<ArrayBuffer> => encoder.encode(JSON.stringify(value))

/** The members of a data packet; none where it is no JSON object. */
export function readJson(payload: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(decoder.decode(payload))
    // An object, and its members are looked at one by one.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
