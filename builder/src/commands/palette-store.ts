/** The palette, to be opened from anywhere. */
import { createSpotlight } from '@mantine/spotlight'

const [store, { open, close, toggle }] = createSpotlight()
export const palette = { store, open, close, toggle }
