/**
 * What an agent may send, and what it may see: one table for all CDP methods and events that clients
 * use. A method that is not in it is fenced and counts as changing the page; an event that is not in it
 * is dropped while the fence is up. docs/gateway.md is made from this file by `methodTableMarkdown`.
 * Knows nothing of sockets or sessions; `client.ts` asks it for each message.
 */
import type { CommandKind } from '../control/types.ts'

/**
 * `always`: passes, whoever drives. `connect`: passes until the client has settled in a target, be it one
 * that was there before. `setup`: passes until the client has settled in a target that is new; one in which a
 * human works is no longer set up. `fenced`: passes while the agent drives. `refused`: never passes.
 */
export type Passage = 'always' | 'connect' | 'setup' | 'fenced' | 'refused'
/** While the fence is up: `pass` as it is, `redacted` without bodies, cookies and authorization. All others are dropped. */
export type EventPassage = 'pass' | 'redacted'

export interface MethodRule {
  pass: Passage
  /** Of a fenced method, for the rule that an agent looks before it acts. */
  kind: CommandKind
}

const methods = (domain: string, names: string): string[] => names.split(' ').map((name) => `${domain}.${name}`)

/** Domains whose `enable` and `disable` only switch reports on and off. */
const REPORTING_DOMAINS =
  'Accessibility Animation Audits CSS Console DOM DOMSnapshot DOMStorage Debugger Fetch HeapProfiler IndexedDB Inspector LayerTree Log Media Network Overlay Page Performance Preload Profiler Runtime Security ServiceWorker WebAudio'

const ALWAYS = [
  ...REPORTING_DOMAINS.split(' ').flatMap((domain) => methods(domain, 'enable disable')),
  ...methods('Browser', 'getVersion close'),
  ...methods('Debugger', 'resume setAsyncCallStackDepth setBlackboxExecutionContexts setBlackboxPatterns setBlackboxedRanges setSkipAllPauses'),
  // A page whose requests a client routes would hang without an answer for each.
  ...methods('Fetch', 'continueRequest continueResponse continueWithAuth failRequest fulfillRequest'),
  ...methods('IO', 'close'),
  ...methods('Log', 'clear startViolationsReport stopViolationsReport'),
  ...methods('Network', 'setAttachDebugStack'),
  ...methods(
    'Page',
    'addScriptToEvaluateOnNewDocument createIsolatedWorld getFrameTree removeScriptToEvaluateOnNewDocument screencastFrameAck setLifecycleEventsEnabled stopScreencast',
  ),
  ...methods('Performance', 'setTimeDomain'),
  ...methods('PerformanceTimeline', 'enable'),
  ...methods(
    'Runtime',
    'addBinding discardConsoleEntries getIsolateId releaseObject releaseObjectGroup removeBinding runIfWaitingForDebugger setAsyncCallStackDepth setCustomObjectFormatterEnabled setMaxCallStackSizeToCapture',
  ),
  ...methods('Schema', 'getDomains'),
  ...methods(
    'Target',
    'attachToBrowserTarget attachToTarget autoAttachRelated detachFromTarget getBrowserContexts getTargetInfo getTargets setAutoAttach setDiscoverTargets',
  ),
]

/** What every client does as it connects, in the middle of a human's turn too. */
const CONNECT = [
  ...methods('Browser', 'setDownloadBehavior'),
  ...methods('Emulation', 'setDeviceMetricsOverride setEmulatedMedia setFocusEmulationEnabled setTouchEmulationEnabled'),
  ...methods('Page', 'setFontFamilies setInterceptFileChooserDialog'),
]

/** Of these, what would change the page under a human's hands: answered, and not done. */
export const LAYOUT: ReadonlySet<string> = new Set(['Emulation.setDeviceMetricsOverride', 'Emulation.setTouchEmulationEnabled', 'Page.setFontFamilies'])

const SETUP = [
  ...methods(
    'Emulation',
    'clearDeviceMetricsOverride clearDevicePostureOverride clearDisplayFeaturesOverride clearGeolocationOverride clearIdleOverride setAutoDarkModeOverride setAutomationOverride setCPUThrottlingRate setDefaultBackgroundColorOverride setDevicePostureOverride setDisplayFeaturesOverride setDocumentCookieDisabled setEmitTouchEventsForMouse setEmulatedVisionDeficiency setGeolocationOverride setHardwareConcurrencyOverride setIdleOverride setLocaleOverride setNavigatorOverrides setScriptExecutionDisabled setScrollbarsHidden setSensorOverrideEnabled setTimezoneOverride setUserAgentOverride setVisibleSize',
  ),
  ...methods(
    'Network',
    'emulateNetworkConditions emulateNetworkConditionsByRule overrideNetworkState setBlockedURLs setBypassServiceWorker setCacheDisabled setExtraHTTPHeaders setUserAgentOverride',
  ),
  ...methods('Page', 'setAdBlockingEnabled setBypassCSP setFontSizes setPrerenderingAllowed'),
  ...methods('Security', 'setIgnoreCertificateErrors'),
]

/** Reads that show the agent something of the page. */
const LOOK = [
  ...methods('Accessibility', 'getAXNodeAndAncestors getChildAXNodes getFullAXTree getPartialAXTree getRootAXNode queryAXTree'),
  ...methods('CSS', 'getComputedStyleForNode getMatchedStylesForNode getStyleSheetText'),
  ...methods('DOM', 'getAttributes getDocument getFlattenedDocument getOuterHTML performSearch querySelector querySelectorAll'),
  ...methods('DOMSnapshot', 'captureSnapshot getSnapshot'),
  ...methods('Debugger', 'evaluateOnCallFrame'),
  ...methods('HeapProfiler', 'takeHeapSnapshot'),
  ...methods('IO', 'read'),
  ...methods('Network', 'getRequestPostData getResponseBody searchInResponseBody'),
  ...methods(
    'Page',
    'captureScreenshot captureSnapshot getAnnotatedPageContent getNavigationHistory getResourceContent getResourceTree printToPDF searchInResource',
  ),
  ...methods('Runtime', 'awaitPromise callFunctionOn evaluate getProperties queryObjects runScript'),
]

/** Fenced, but neither a look nor a change: what clients do on the way to one. */
const PREPARE = [
  ...methods(
    'DOM',
    'describeNode getBoxModel getContentQuads getFrameOwner getNodeForLocation pushNodeByPathToFrontend pushNodesByBackendIdsToFrontend requestChildNodes requestNode resolveNode scrollIntoViewIfNeeded',
  ),
  ...methods('Browser', 'getHistogram getHistograms getWindowBounds getWindowForTarget'),
  ...methods('Debugger', 'getScriptSource'),
  ...methods('Fetch', 'getResponseBody takeResponseBodyAsStream'),
  ...methods('Network', 'getAllCookies getCertificate getCookies'),
  ...methods('Page', 'getLayoutMetrics handleJavaScriptDialog startScreencast'),
  ...methods('Performance', 'getMetrics'),
  ...methods('Profiler', 'getBestEffortCoverage setSamplingInterval start startPreciseCoverage stop stopPreciseCoverage takePreciseCoverage'),
  ...methods('Runtime', 'compileScript getExceptionDetails getHeapUsage globalLexicalScopeNames'),
  ...methods('Storage', 'getCookies getStorageKey getStorageKeyForFrame getUsageAndQuota'),
  ...methods('Target', 'createBrowserContext'),
  // Of a page alone, and ended when the fence goes up (traces.ts).
  ...methods('Tracing', 'end start'),
]

/** The best known of those that may change the page; every method not named here is treated the same. */
const ACT = [
  ...methods('Browser', 'cancelDownload grantPermissions resetPermissions setPermission setWindowBounds'),
  ...methods('DOM', 'focus removeAttribute removeNode setAttributeValue setAttributesAsText setFileInputFiles setNodeName setNodeValue setOuterHTML'),
  ...methods(
    'Input',
    'dispatchDragEvent dispatchKeyEvent dispatchMouseEvent dispatchTouchEvent emulateTouchFromMouseEvent imeSetComposition insertText setInterceptDrags',
  ),
  ...methods('Network', 'clearBrowserCache clearBrowserCookies deleteCookies setCookie setCookies'),
  ...methods('Page', 'bringToFront close navigate navigateToHistoryEntry reload setDocumentContent setWebLifecycleState stopLoading'),
  ...methods('Runtime', 'terminateExecution'),
  ...methods('Storage', 'clearCookies clearDataForOrigin clearDataForStorageKey setCookies'),
  ...methods('Target', 'activateTarget closeTarget createTarget disposeBrowserContext'),
]

const REFUSED = [
  // They end or endanger the browser that others watch.
  ...methods('Browser', 'crash crashGpuProcess executeBrowserCommand getBrowserCommandLine'),
  ...methods('Page', 'crash'),
  ...methods('Memory', 'forciblyPurgeJavaScriptMemory prepareForLeakDetection setPressureNotificationsSuppressed simulatePressureNotification'),
  ...methods('SystemInfo', 'getFeatureState getInfo getProcessInfo'),
  // They would lead around the gateway: another way to send, another program, another port.
  ...methods('Target', 'exposeDevToolsProtocol getDevToolsTarget openDevTools sendMessageToTarget setRemoteLocations'),
  ...methods('Extensions', 'clearStorageItems getExtensions getStorageItems loadUnpacked removeStorageItems setStorageItems triggerAction uninstall'),
  ...methods('PWA', 'changeAppUserSettings getOsAppState install launch launchFilesInApp openCurrentPageInApp uninstall'),
  ...methods('Tethering', 'bind unbind'),
  ...methods('Cast', 'disable enable setSinkToUse startDesktopMirroring startTabMirroring stopCasting'),
  // They go on over a takeover, and would show afterwards what the human did, or keep a human from doing it.
  ...methods('Tracing', 'getCategories getTrackEventDescriptor recordClockSyncMarker requestMemoryDump'),
  ...methods('Page', 'startScreenRecording stopScreenRecording'),
  // They let a page's time stand still, and nothing takes that back.
  ...methods('Emulation', 'setVirtualTimePolicy'),
  ...methods('Page', 'waitForDebugger'),
  // Of the gestures that Chromium makes by itself many wait for each other, and nothing ends one, not even the end of its session.
  ...methods('Input', 'setIgnoreInputEvents synthesizePinchGesture synthesizeScrollGesture synthesizeTapGesture'),
]

const group = (names: readonly string[], pass: Passage, kind: CommandKind): [string, MethodRule][] => names.map((name) => [name, { pass, kind }])

export const METHODS: ReadonlyMap<string, MethodRule> = new Map([
  ...group(ALWAYS, 'always', 'neutral'),
  ...group(CONNECT, 'connect', 'neutral'),
  ...group(SETUP, 'setup', 'neutral'),
  ...group(LOOK, 'fenced', 'look'),
  ...group(PREPARE, 'fenced', 'neutral'),
  ...group(ACT, 'fenced', 'act'),
  ...group(REFUSED, 'refused', 'act'),
])

const UNKNOWN_METHOD: MethodRule = { pass: 'fenced', kind: 'act' }

export function ruleOf(method: string): MethodRule {
  return METHODS.get(method) ?? UNKNOWN_METHOD
}

/** Methods that run script: a client takes a protocol error as "try again", so a refusal is answered as if the page had thrown. */
export const EVALUATES: ReadonlySet<string> = new Set(methods('Runtime', 'evaluate callFunctionOn awaitPromise runScript'))

/** Methods that answer with what a request carried or got; none of it is told of requests that a human made. */
export const BODIES: ReadonlySet<string> = new Set([
  ...methods('Network', 'getRequestPostData getResponseBody replayXHR searchInResponseBody streamResourceContent'),
  ...methods('Fetch', 'getResponseBody takeResponseBodyAsStream'),
])

const PASSING_EVENTS = [
  ...methods('Debugger', 'resumed scriptFailedToParse scriptParsed'),
  ...methods('Inspector', 'detached targetCrashed targetReloadedAfterCrash workerScriptLoaded'),
  ...methods('Network', 'loadingFailed loadingFinished requestServedFromCache webSocketClosed webSocketCreated'),
  ...methods(
    'Page',
    'domContentEventFired frameAttached frameDetached frameNavigated frameRequestedNavigation frameStartedLoading frameStartedNavigating frameStoppedLoading frameSubtreeWillBeDetached lifecycleEvent loadEventFired navigatedWithinDocument windowOpen',
  ),
  ...methods('Runtime', 'executionContextCreated executionContextDestroyed executionContextsCleared'),
  ...methods('ServiceWorker', 'workerRegistrationUpdated workerVersionUpdated'),
  ...methods('Target', 'attachedToTarget detachedFromTarget targetCrashed targetCreated targetDestroyed targetInfoChanged'),
]

const REDACTED_EVENTS = [
  ...methods('Fetch', 'authRequired requestPaused'),
  ...methods(
    'Network',
    'dataReceived requestWillBeSent requestWillBeSentExtraInfo responseReceived responseReceivedEarlyHints responseReceivedExtraInfo webSocketHandshakeResponseReceived webSocketWillSendHandshakeRequest',
  ),
]

export const EVENTS: ReadonlyMap<string, EventPassage> = new Map([
  ...PASSING_EVENTS.map((name): [string, EventPassage] => [name, 'pass']),
  ...REDACTED_EVENTS.map((name): [string, EventPassage] => [name, 'redacted']),
])

/** The reference part of docs/gateway.md. */
export function methodTableMarkdown(): string {
  const rows: [string, readonly string[]][] = [
    ['always', ALWAYS],
    ['connecting', CONNECT],
    ['set-up', SETUP],
    ['fenced, a look', LOOK],
    ['fenced, neither', PREPARE],
    ['fenced, changes the page', ACT],
    ['refused', REFUSED],
    ['event, passes', PASSING_EVENTS],
    ['event, redacted', REDACTED_EVENTS],
  ]
  return ['| while a human drives | domain | names |', '|---|---|---|', ...rows.flatMap(([label, names]) => domainRows(label, names))].join('\n') + '\n'
}

function domainRows(label: string, names: readonly string[]): string[] {
  const byDomain = new Map<string, string[]>()
  for (const full of names.toSorted()) {
    const [domain = '', name = ''] = full.split('.')
    byDomain.set(domain, [...(byDomain.get(domain) ?? []), name])
  }
  return [...byDomain].map(([domain, list]) => `| ${label} | ${domain} | ${list.map((name) => `\`${name}\``).join(' ')} |`)
}
