/**
 * JSON that is passed on as the bytes it came in: of a command of many megabytes the large values are neither parsed nor
 * written anew, since whoever does so holds up everybody else on this thread for that long.
 */

export class RawJson {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** Who writes it as a part of something else means to look at it, not to pass it on. */
  toJSON(): null {
    return null
  }
}

/** A message in the pieces in which it is written: text, and bytes as they are. */
export type MessageParts = readonly (string | Buffer)[]

/** A command some of whose params are `RawJson`. */
export function commandParts(id: number, method: string, params: Record<string, unknown>, sessionId: string | undefined): MessageParts {
  const parts: (string | Buffer)[] = []
  let text = `{"id":${id},"method":${JSON.stringify(method)},"params":{`
  let comma = ''
  for (const [name, value] of Object.entries(params)) {
    text += `${comma}${JSON.stringify(name)}:`
    comma = ','
    if (value instanceof RawJson) {
      parts.push(text, value.bytes)
      text = ''
    } else text += JSON.stringify(value ?? null)
  }
  parts.push(`${text}}${sessionId === undefined ? '' : `,"sessionId":${JSON.stringify(sessionId)}`}}`)
  return parts
}
