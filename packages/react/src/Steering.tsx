import type { ReactNode } from 'react'

/** Said to whoever drives; where there is little room, its first sentence. */
export function Steering(): ReactNode {
  return (
    <>
      You are in control.<span className="tandem-more"> Click to interact with the browser.</span>
    </>
  )
}
