import type { ReactNode } from 'react'
import { Monitor, Moon, Sun } from 'lucide-react'
import { setTheme, useTheme } from '../theme.ts'
import { Segmented } from './Segmented.tsx'

export function ThemeSwitch(): ReactNode {
  return (
    <Segmented
      label="Theme"
      value={useTheme()}
      onChange={setTheme}
      options={[
        { value: 'system', label: <Monitor />, title: 'As the system' },
        { value: 'light', label: <Sun />, title: 'Light' },
        { value: 'dark', label: <Moon />, title: 'Dark' },
      ]}
    />
  )
}
