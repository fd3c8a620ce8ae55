/** Waits for a capture to show the tab as it is wanted: for a moment it may show the window as it was before emulation. Used by tab.ts. */

/** A page at rest may give no frame at all; whatever comes then is taken. */
const PATIENCE_MS = 500

type Frames = Pick<ReadableStreamDefaultReader<Pick<VideoFrame, 'displayWidth' | 'displayHeight' | 'close'>>, 'read' | 'cancel'>

/** Resolves with the first frame of this size, after PATIENCE_MS in any case. The frames are nobody else's. */
export async function firstFrameOfSize(frames: Frames, { width, height }: { width: number; height: number }): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS)
  })
  let over = false
  const look = async (): Promise<void> => {
    while (!over) {
      const { value: frame, done } = await frames.read()
      if (done) return
      const fits = frame.displayWidth === width && frame.displayHeight === height
      frame.close()
      if (fits) return
    }
  }
  await Promise.race([look(), patience])
  over = true
  clearTimeout(timer)
  void frames.cancel()
}
