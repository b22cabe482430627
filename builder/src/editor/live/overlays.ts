/** What may be printed on the drawing. */
export const overlays = ['counts', 'conversion', 'dropoff', 'time', 'errors'] as const
export type Overlay = (typeof overlays)[number]
