/**
 * What the capture page needs of the streamed Chromium's command line, each with its reason.
 * `mergeFlags` of chromium.ts joins the lists (`--enable-features=…`) with the launcher's own.
 */

/** Follows from the `key` of packages/capture/extension/manifest.json. */
export const CAPTURE_EXTENSION_ID = 'bjijkmhodbfpngbdifjndolajhhhjhji'

export const CAPTURE_FLAGS: readonly string[] = [
  // Extensions.loadUnpacked over the pipe; branded Chrome ignores --load-extension since 137.
  '--enable-unsafe-extension-debugging',
  // tabCapture without a click on the extension's button first.
  `--allowlisted-extension-id=${CAPTURE_EXTENSION_ID}`,
  // Candidates on 127.0.0.1, for viewers on the same machine.
  '--allow-loopback-in-peer-connection',
  // Candidates carry real addresses: a viewer's are mDNS names, so a pair forms by peer reflexion.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  // Renderers do not wait for the display's acknowledgement of a frame: a late page stays one interval late, not two.
  '--enable-features=NoCompositorFrameAcks',
  // Writes playout-delay 0/0 into the packets: any Chromium viewer shows a frame as soon as it is decoded.
  // And packets of a screen go out at 1.5 times the bitrate: at its own 1.0 those of a frame of full-screen motion wait for
  // each other (totalPacketSendDelay), at a camera's 2.5 a link that became narrow takes each frame for congestion, and the
  // estimate falls far below what the link has (50 to 160 kbit/s of 1,500). The other five numbers are libwebrtc's defaults.
  '--force-fieldtrials=WebRTC-ForceSendPlayoutDelay/min_ms:0,max_ms:0/WebRTC-ProbingScreenshareBwe/1.5,2875,80,40,-60,3/',
  // The capture page is never in front: its timers and its encoder must run at full speed all the same.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
]
