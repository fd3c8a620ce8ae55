// Paints the clock of bench/clock.ts into a canvas. A plain script: it runs in the streamed tab.
globalThis.paintClock = (context) => {
  const ms = Math.floor(performance.timeOrigin + performance.now()) & 0xffff
  const check = ((ms & 15) + ((ms >> 4) & 15) + ((ms >> 8) & 15) + ((ms >> 12) & 15)) & 15
  const bits = ms | (check << 16) | (1 << 20)
  for (let cell = 0; cell < 22; cell++) {
    context.fillStyle = (bits >> cell) & 1 ? '#000' : '#fff'
    context.fillRect(cell * 40, 0, 40, 40)
  }
}
