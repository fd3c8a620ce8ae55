/** The size of a JPEG, from its frame header (SOF0 to SOF2, as encoders of screens write them); null: it has none. */
export function jpegSize(jpeg: Buffer): { width: number; height: number } | null {
  // After the two bytes of the start come segments: 0xff, a marker, a length that counts itself.
  for (let at = 2; at + 9 < jpeg.length && jpeg[at] === 0xff; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1] ?? 0
    if (marker >= 0xc0 && marker <= 0xc2) return { height: jpeg.readUInt16BE(at + 5), width: jpeg.readUInt16BE(at + 7) }
  }
  return null
}
