/** JSON as the dialect's first speaker writes it: a space behind colon and comma, everything but ASCII escaped. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export function dialectJson(value: Json): string {
  if (value === null || typeof value !== 'object') {
    return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  }
  if (Array.isArray(value)) return `[${value.map(dialectJson).join(', ')}]`
  return `{${Object.entries(value)
    .map(([key, member]) => `${dialectJson(key)}: ${dialectJson(member)}`)
    .join(', ')}}`
}
