/** In front of each real file: what it leaves open in the Chromiums that the files of a worker share is closed behind it. */
import { afterAll } from 'vitest'
import { clearScreens } from './harness/screens.ts'

afterAll(clearScreens)
