/** How both rigs wait for what the capture page says. */
import type { CaptureMessage } from '@tandem/protocol'

export type MessageOf<T extends CaptureMessage['type']> = Extract<CaptureMessage, { type: T }>

/** The first message that fits, of those that came and those to come; `listen` hears the latter and answers with its undo. */
export async function messageOf<T extends CaptureMessage['type']>(
  came: readonly CaptureMessage[],
  listen: (listener: (message: CaptureMessage) => void) => () => void,
  type: T,
  test: (message: MessageOf<T>) => boolean,
): Promise<MessageOf<T>> {
  // The compiler does not follow a type that is a parameter.
  const fits = (message: CaptureMessage): message is MessageOf<T> => message.type === type && test(message as MessageOf<T>)
  const known = came.find(fits)
  if (known) return known
  return new Promise((resolve) => {
    const stop = listen((message) => {
      if (!fits(message)) return
      stop()
      resolve(message)
    })
  })
}
