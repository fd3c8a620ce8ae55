import type { ReactNode } from 'react'
import { VIEW_GLYPHS } from '@tandem/client'
import type { ViewGlyph } from '@tandem/client'

export function Glyph({ of }: { of: ViewGlyph }): ReactNode {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={VIEW_GLYPHS[of]} />
    </svg>
  )
}
