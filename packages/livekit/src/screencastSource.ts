/**
 * A video source that says of itself that it is a screen: encoders then keep text sharp. The SDK's own cannot say so, but
 * its native part can; it is asked in the SDK's place, through the very module that the SDK uses.
 */
import { createRequire } from 'node:module'
import { VideoSource } from '@livekit/rtc-node'

/** The part of @livekit/rtc-ffi-bindings that is used here. */
interface Bindings {
  FfiRequest: new (request: unknown) => { toBinary(): Uint8Array }
  FfiResponse: { fromBinary(bytes: Uint8Array): { message: { case?: string; value?: { source?: { info?: VideoSource['info']; handle?: { id: bigint } } } } } }
  FfiHandle: new (id: bigint) => VideoSource['ffiHandle']
  livekitFfiRequest(request: Uint8Array): Uint8Array
}

/** VideoSourceType.VIDEO_SOURCE_NATIVE. */
const NATIVE = 0

export function screencastSource(width: number, height: number): VideoSource {
  const source = new VideoSource(width, height)
  const bindings = createRequire(createRequire(import.meta.url).resolve('@livekit/rtc-node'))('@livekit/rtc-ffi-bindings') as Bindings
  const request = new bindings.FfiRequest({ message: { case: 'newVideoSource', value: { type: NATIVE, resolution: { width, height }, isScreencast: true } } })
  const { message } = bindings.FfiResponse.fromBinary(bindings.livekitFfiRequest(request.toBinary()))
  const { info, handle } = message.value?.source ?? {}
  // A version of the SDK that has it otherwise keeps its plain source.
  if (message.case !== 'newVideoSource' || handle === undefined) return source
  source.ffiHandle.dispose()
  source.ffiHandle = new bindings.FfiHandle(handle.id)
  source.info = info
  return source
}
