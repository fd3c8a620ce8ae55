/** Cursors by the numbers that CEF has for them, as CSS names them. */
export const CEF_CURSORS: Readonly<Record<number, string>> = {
  0: 'default',
  1: 'crosshair',
  2: 'pointer',
  3: 'text',
  4: 'wait',
  5: 'help',
  6: 'ew-resize',
  7: 'ns-resize',
  8: 'nesw-resize',
  9: 'nwse-resize',
  10: 'ns-resize',
  11: 'nwse-resize',
  12: 'nesw-resize',
  13: 'ew-resize',
  14: 'ns-resize',
  15: 'ew-resize',
  16: 'nesw-resize',
  17: 'nwse-resize',
  18: 'ew-resize',
  19: 'ns-resize',
  20: 'move',
  28: 'not-allowed',
  29: 'grab',
  30: 'grabbing',
  32: 'move',
}

/** Two of a name differ only in their picture: the one of a pointer with two arrows stands for both. */
const BY_NAME: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(CEF_CURSORS).map(([number, name]) => [name, Number(number)])),
  'col-resize': 18,
  'row-resize': 19,
  'ew-resize': 15,
  'ns-resize': 14,
  move: 32,
}

/** CEF's number of a CSS cursor; of one that it does not know, that of the plain pointer. */
export function cefCursor(name: string): number {
  return BY_NAME[name] ?? 0
}
